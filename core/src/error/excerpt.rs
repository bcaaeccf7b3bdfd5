//! A short text from a body that is not the documented JSON, for the error's text.

use serde::de::IgnoredAny;

use super::OneLine;

/// Returns the beginning of a body that is no JSON at all, in quotes. It is empty if there is nothing to quote.
pub(super) fn quoted(body: &[u8], personal: &[String]) -> String {
    let is_json = || serde_json::from_slice::<IgnoredAny>(body).is_ok();
    let excerpt = excerpt(body, personal).filter(|excerpt| !excerpt.is_empty() && !is_json());
    excerpt.map(|excerpt| format!(": \"{excerpt}\"")).unwrap_or_default()
}

/// Returns the beginning of a body as text for one line, or `None` if it is no text. It is empty if there are no words.
///
/// The page of a gateway or a proxy often repeats the URL, and so an openid. Left out are therefore the tags and scripts
/// of HTML, everything with a `/`, `=`, `@` or other sign of a URL or an address, words that look like an identifier,
/// and the values `personal`.
pub(super) fn excerpt(body: &[u8], personal: &[String]) -> Option<String> {
    const MAX: usize = 200;
    let text = String::from_utf8_lossy(body);
    if !is_text(&text) {
        return None;
    }
    let text = without_tags(&text);
    let text = personal.iter().fold(text, |text, value| without(&text, value));
    let mut excerpt = String::new();
    let mut length = 0_usize;
    for word in text.split_whitespace().map(|word| joined(&masked(word, personal))) {
        length = length.saturating_add(word.chars().count()).saturating_add(1);
        if !excerpt.is_empty() {
            excerpt.push(' ');
        }
        if length > MAX {
            excerpt.extend(word.chars().take(MAX));
            excerpt = excerpt.chars().take(MAX).chain(['…']).collect();
            break;
        }
        excerpt.push_str(&word);
    }
    // Quotes would end the quotation early.
    let excerpt = OneLine(&excerpt).to_string().replace('"', "'");
    Some(if excerpt.chars().any(char::is_alphanumeric) { excerpt } else { String::new() })
}

/// Replaces several omissions behind each other by one.
fn joined(word: &str) -> String {
    let mut before = ' ';
    word.chars().filter(|char| std::mem::replace(&mut before, *char) != '…' || *char != '…').collect()
}

/// Whether most characters can be read. A text in another character set or compressed data cannot.
fn is_text(text: &str) -> bool {
    let unreadable = |char: &char| *char == '\u{fffd}' || (char.is_control() && !char.is_whitespace());
    let count = text.chars().filter(unreadable).count();
    !text.contains('\0') && count.saturating_mul(8) <= text.chars().count()
}

/// Removes tags and comments, and the content of scripts and style sheets.
fn without_tags(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    while let Some((before, tag)) = rest.split_once('<') {
        plain.push_str(before);
        if !tag.starts_with(|char: char| char.is_ascii_alphabetic() || "/!?".contains(char)) {
            plain.push('<');
            rest = tag;
            continue;
        }
        plain.push(' ');
        let end = if tag.starts_with("!--") { "-->" } else { ">" };
        rest = tag.split_once(end).map_or("", |(_, after)| after);
        for hidden in ["script", "style"] {
            if is_tag(tag, hidden) {
                rest = content_end(rest, hidden);
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// Whether this is the beginning of a tag with this name, without its `<`.
fn is_tag(tag: &str, name: &str) -> bool {
    let begins = tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let after = tag.get(name.len()..).and_then(|after| after.chars().next());
    begins && !after.is_some_and(|char| char.is_ascii_alphanumeric() || char == '-')
}

/// Returns the text from the closing tag on.
fn content_end<'a>(text: &'a str, name: &str) -> &'a str {
    let closing = text.match_indices("</").find(|(at, _)| {
        at.checked_add(2).and_then(|after| text.get(after..)).is_some_and(|tag| is_tag(tag, name))
    });
    closing.and_then(|(at, _)| text.get(at..)).unwrap_or_default()
}

/// Removes a value, in whichever case it is written. Very short values are words, which [`masked`] handles.
pub(super) fn without(text: &str, value: &str) -> String {
    if value.chars().count() < 4 {
        return text.to_owned();
    }
    let (lower, value) = (text.to_ascii_lowercase(), value.to_ascii_lowercase());
    let mut kept = String::with_capacity(text.len());
    let mut from = 0_usize;
    for (at, found) in lower.match_indices(&value) {
        kept.push_str(text.get(from..at).unwrap_or_default());
        kept.push('…');
        from = at.saturating_add(found.len());
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    kept
}

/// Replaces the parts of a word that may identify a person or a request.
fn masked(word: &str, personal: &[String]) -> String {
    // The parts between quotes, brackets and the like, with those.
    let separator =
        |char: char| "\"'`<>(){}[],;|".contains(char) || (!char.is_ascii() && !char.is_alphanumeric());
    let parts = word.split_inclusive(separator).map(|part| {
        let content = part.strip_suffix(separator).unwrap_or(part);
        let end = part.get(content.len()..).unwrap_or_default();
        format!("{}{end}", masked_part(content, personal))
    });
    parts.collect()
}

fn masked_part(part: &str, personal: &[String]) -> String {
    let content = part.trim_end_matches(['.', ':', '!', '?']);
    let end = part.get(content.len()..).unwrap_or_default();
    let is_url = content.contains(['/', '\\', '=', '&', '%', '@', '#', '?', '+', '~']);
    if is_url && !is_version(content) {
        return format!("…{end}");
    }
    // Letters of other scripts, such as Chinese, are written without spaces: they separate words.
    let separator = |char: char| !(char.is_ascii_alphanumeric() || char == '_' || char == '-');
    let words = content.split_inclusive(separator).map(|word| {
        let name = word.strip_suffix(separator).unwrap_or(word);
        let end = word.get(name.len()..).unwrap_or_default();
        let own = name.len() > 1 && personal.iter().any(|own| name.eq_ignore_ascii_case(own));
        format!("{}{end}", if own || is_identifier(name) { "…" } else { name })
    });
    words.chain([end.to_owned()]).collect()
}

/// Whether this is the name of a program with its version, such as `nginx/1.25.3`.
fn is_version(text: &str) -> bool {
    text.split_once('/').is_some_and(|(name, version)| {
        let numbers = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
            && !is_identifier(name)
            && version.starts_with(|char: char| char.is_ascii_digit())
            && version.len() <= 12
            && numbers(version)
    })
}

/// Whether a word is no word of a language and no name of an error, so that it may be the id of a person or of a
/// request. Openids begin with a small `o`, and go on with letters of both cases, digits, `_` and `-`.
fn is_identifier(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.bytes().any(|byte| kind(&byte));
    let (upper, lower) = (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase));
    let (letter, digit) = (upper || lower, has(u8::is_ascii_digit));
    let starts_lower = word.starts_with(|char: char| char.is_ascii_lowercase());
    word.len() > 32
        || (starts_lower && upper)
        || (letter && digit && word.len() >= 6)
        || (lower && word.contains('_'))
        || (digit && !letter && word.len() >= 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(body: &str) -> String {
        excerpt(body.as_bytes(), &["oalice".to_owned(), "ob".to_owned(), "张三李四".to_owned()])
            .unwrap_or_default()
    }

    #[test]
    fn the_words_of_a_page_are_kept() {
        for (body, shown) in [
            (
                "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\
                 \r\n<hr><center>nginx/1.25.3</center>\r\n</body>\r\n</html>\r\n",
                "502 Bad Gateway 502 Bad Gateway nginx/1.25.3",
            ),
            ("upstream connect error", "upstream connect error"),
            ("您的请求已被拦截。规则编号：12", "您的请求已被拦截。规则编号：12"),
            (
                "<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>",
                "AccessDenied Access Denied.",
            ),
            (
                r#"{"error":"forbidden","reason":"SYSTEM_ERROR"}"#,
                "{'error':'forbidden','reason':'SYSTEM_ERROR'}",
            ),
            ("<script>var oalice</script ><STYLE x>a{}</STYLE><!-- <b> -->Blocked!", "Blocked!"),
            ("3 < 4 and <b", "3 < 4 and"),
            ("a\u{1b}[31mb\nc", "a\\u{1b}[31mb c"),
        ] {
            assert_eq!(show(body), shown, "{body}");
        }
    }

    #[test]
    fn what_may_identify_a_person_or_a_request_is_left_out() {
        for (body, shown) in [
            (
                "The requested URL /v3/marketing/favor/users/oUpF8uMuAJO_M2pxb1Q9zNjWeS6o/coupons was not found.",
                "The requested URL … was not found.",
            ),
            (
                "POST https://api.mch.weixin.qq.com/v3/users/alice/coupons?appid=wx1: refused",
                "POST …: refused",
            ),
            ("no route for oSECRETperson", "no route for …"),
            ("user o_abc, id=7, 13800138000, alice@example.com", "user …, …, …, …"),
            (r#"{"openid":"oUpF8uMuAJO_M2px","n":1}"#, "{'openid':'…','n':1}"),
            ("oSECRETperson", ""),
            ("Ray 8f2a7c5e9d1b", "Ray …"),
            // The values of the request itself, however they look.
            ("for OALICE and ob, not obvious: 张三李四", "for … and …, not obvious: …"),
            ("xoaliceyoalice", "x…y…"),
            ("at /users/oalice/coupons.", "at …."),
            (
                "{\"code\":\"NO_AUTH\",\"message\":\"\u{fffd}\u{fffd}\"",
                "{'code':'NO_AUTH','message':'\u{fffd}\u{fffd}'",
            ),
            ("<a href='/users/oSECRET'>back</a>", "back"),
        ] {
            assert_eq!(show(body), shown, "{body}");
        }
    }

    #[test]
    fn an_excerpt_is_bounded_and_only_of_text() {
        let long = show(&"word ".repeat(10_000));
        assert_eq!((long.chars().count(), long.ends_with('…')), (201, true));
        assert_eq!(show(&"字".repeat(1000)).chars().count(), 201);
        for binary in [&b"\x1f\x8b\x08\x00\x00"[..], b"\xff\xfe<\x00h\x00", b"\xb1\xd8\xcc\xee"] {
            assert_eq!(excerpt(binary, &[]), None, "{binary:?}");
        }
        for empty in ["", " \n ", "---", "{}", "<br>"] {
            assert_eq!(excerpt(empty.as_bytes(), &[]).as_deref(), Some(""), "{empty}");
        }
    }
}
