//! A strict reader of HTML: every element is closed where it was opened, and every `&` and `<` of a text is escaped.

const VOID: [&str; 4] = ["meta", "br", "link", "img"];

#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    content: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Element(Element),
    Text(String),
}

/// Reads a document.
pub(crate) fn parse(html: &str) -> Element {
    let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a document type");
    let mut open = vec![Element { name: String::new(), attributes: Vec::new(), content: Vec::new() }];
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        let last = open.last_mut().unwrap();
        last.content.push(Node::Text(unescaped(text)));
        if last.name == "style" {
            assert!(tag.starts_with("</style>"), "a style sheet contains <");
        }
        let (tag, after) = tag[1..].split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().unwrap();
            assert_eq!(closed.name, name, "is closed by another tag");
            open.last_mut().expect("something is open").content.push(Node::Element(closed));
            continue;
        }
        let element = opened(tag);
        match VOID.contains(&element.name.as_str()) {
            true => open.last_mut().unwrap().content.push(Node::Element(element)),
            false => open.push(element),
        }
    }
    assert_eq!(rest.trim(), "", "text after the document");
    assert_eq!(open.len(), 1, "{} is not closed", open.last().unwrap().name);
    open.pop().unwrap()
}

fn opened(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()), "<{tag}>");
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let value = match rest.strip_prefix("=\"") {
            Some(quoted) => {
                let (value, after) = quoted.split_once('"').expect("a quoted value");
                rest = after;
                unescaped(value)
            }
            None => String::new(),
        };
        assert!(!attributes.iter().any(|(known, _)| *known == name), "{name} twice in <{tag}>");
        attributes.push((name, value));
        rest = rest.trim_start();
    }
    Element { name: name.to_owned(), attributes, content: Vec::new() }
}

fn unescaped(text: &str) -> String {
    assert!(!text.contains('>'), "{text}");
    let known = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    for (at, _) in text.match_indices('&') {
        assert!(known.iter().any(|(escaped, _)| text[at..].starts_with(escaped)), "{text}");
    }
    known.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = &Element> {
        self.content.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub(crate) fn visit<'a>(&'a self, take: &mut impl FnMut(&'a Element)) {
        for child in self.children() {
            take(child);
            child.visit(take);
        }
    }

    /// All elements of a name, at any depth.
    pub(crate) fn all(&self, name: &str) -> Vec<&Element> {
        let mut found = Vec::new();
        self.visit(&mut |element| {
            if element.name == name {
                found.push(element);
            }
        });
        found
    }

    pub(crate) fn text(&self) -> String {
        let text = |node: &Node| match node {
            Node::Element(element) => element.text(),
            Node::Text(text) => text.clone(),
        };
        self.content.iter().map(text).collect()
    }
}
