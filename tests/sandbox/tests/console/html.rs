//! What every page must be: well-formed, labelled, and complete in itself.

use std::collections::BTreeSet;

const VOID: [&str; 5] = ["meta", "link", "input", "br", "img"];

/// A start tag.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads the start tags of a page. Panics if it is not well-formed: an end tag is missing or wrong, a value has no quotes,
/// or text has a bare `<` or `&`.
#[track_caller]
pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let (mut tags, mut open, mut rest) =
        (Vec::new(), Vec::new(), html.strip_prefix("<!DOCTYPE html>").unwrap());
    while let Some((text, after)) = rest.split_once('<') {
        assert_text(text);
        let (inside, after) = after.split_once('>').unwrap();
        rest = after;
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "before {after:.80}");
            continue;
        }
        let (name, mut left) = inside.split_once(' ').unwrap_or((inside, ""));
        assert!(
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
            "{inside}"
        );
        let mut tag = Tag { name: name.to_owned(), attributes: Vec::new() };
        while !left.trim().is_empty() {
            left = left.trim_start();
            let end = left.find([' ', '=']).unwrap_or(left.len());
            let (attribute, after) = left.split_at(end);
            let (value, after) = match after.strip_prefix("=\"") {
                Some(after) => after.split_once('"').unwrap(),
                None => ("", after),
            };
            assert_text(value);
            assert!(tag.get(attribute).is_none(), "{attribute} twice in {inside}");
            tag.attributes.push((attribute.to_owned(), value.to_owned()));
            left = after;
        }
        if !VOID.contains(&name) {
            open.push(name.to_owned());
        }
        tags.push(tag);
    }
    assert!(open.is_empty(), "{open:?}");
    tags
}

#[track_caller]
fn assert_text(text: &str) {
    for (at, _) in text.match_indices('&') {
        let known = ["&amp;", "&lt;", "&gt;", "&quot;"].iter().any(|name| text[at..].starts_with(name));
        assert!(known, "{text}");
    }
}

/// Checks what every page has in common.
#[track_caller]
pub(crate) fn assert_page(path: &str, html: &str, language: &str) {
    let tags = tags(html);
    let named = |name: &str| tags.iter().filter(|tag| tag.name == name).collect::<Vec<_>>();
    assert_eq!(named("html")[0].get("lang"), Some(language), "{path}");
    for landmark in ["header", "nav", "main", "footer", "h1", "title"] {
        let count = named(landmark).len();
        assert!(count == 1 || landmark == "nav" && count == 2, "{count} {landmark} in {path}");
    }
    // Headings do not skip a level.
    let mut level = 0;
    for tag in tags.iter().filter(|tag| matches!(tag.name.as_str(), "h1" | "h2" | "h3" | "h4")) {
        let now: usize = tag.name[1..].parse().unwrap();
        assert!(now <= level + 1, "{} after h{level} in {path}", tag.name);
        level = now;
    }
    let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.get("id")).collect();
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>().len(),
        ids.len(),
        "an id is there twice in {path}: {ids:?}"
    );
    assert!(ids.contains(&"live"), "{path}");
    for field in tags.iter().filter(|tag| ["input", "select", "textarea"].contains(&tag.name.as_str())) {
        let labelled = named("label")
            .iter()
            .any(|label| label.get("for").is_some() && label.get("for") == field.get("id"));
        assert!(labelled || field.get("type") == Some("hidden"), "{field:?} has no label in {path}");
    }
    for tag in &tags {
        for (name, value) in &tag.attributes {
            assert!(!name.starts_with("on") && name != "style", "{tag:?} in {path}");
            // Nothing is loaded from elsewhere, and no link leaves the sandbox.
            if ["href", "src", "action"].contains(&name.as_str()) {
                let own = value.starts_with('/') && !value.starts_with("//") || value == "#main";
                assert!(own, "{tag:?} in {path}");
            }
        }
        assert_ne!(tag.name, "style", "{path}");
        assert!(tag.name != "script" || tag.get("src") == Some("/_sandbox/console.js"), "{path}");
        assert!(
            tag.name != "form" || tag.get("id").is_some_and(|id| id.starts_with("form-")),
            "{tag:?} in {path}"
        );
    }
    assert!(!html.contains("<script>") && html.contains("defer></script>"), "{path}");
}
