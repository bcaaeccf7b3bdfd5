//! Whether a request asks for a page.

use http::HeaderMap;
use http::header::ACCEPT;

/// The type of a page.
pub(crate) const HTML: &str = "text/html";

/// Whether `Accept` prefers HTML to JSON. HTML must be named: `*/*` is what programs send.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accept: Vec<String> =
        headers.get_all(ACCEPT).iter().filter_map(|value| Some(value.to_str().ok()?.to_owned())).collect();
    let accept = accept.join(",").to_ascii_lowercase();
    // Java's `HttpURLConnection` sends this by itself, and reads JSON.
    if accept.starts_with("text/html, image/gif, image/jpeg, *; q=.2") {
        return false;
    }
    let ranges: Vec<(&str, f32)> = accept.split(',').map(range).collect();
    let weight = |kinds: &[&str]| {
        kinds.iter().find_map(|kind| {
            ranges
                .iter()
                .enumerate()
                .find(|(_, (name, _))| name == kind)
                .map(|(at, (_, weight))| (at, *weight))
        })
    };
    let Some((html_at, html)) = weight(&[HTML]).filter(|(_, weight)| *weight > 0.0) else { return false };
    match (weight(&["application/json"]), weight(&["application/*", "*/*"])) {
        (Some((at, json)), _) => html > json || (html == json && html_at < at),
        (None, Some((_, json))) => html >= json,
        (None, None) => true,
    }
}

/// Splits `text/html;q=0.8` into the type and its weight.
fn range(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.trim().parse().ok());
    (kind, weight.unwrap_or(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_prefers_html_gets_a_page() {
        for (accept, page) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", true),
            ("text/html", true),
            ("TEXT/HTML; charset=utf-8", true),
            ("text/html, */*", true),
            ("text/html, application/json", true),
            ("application/json, text/html;q=0.9", false),
            ("application/json, text/html", false),
            ("text/html;q=0.5, application/json;q=0.4", true),
            ("text/html;q=0.5, */*", false),
            ("text/html;q=0", false),
            ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", false),
            ("*/*", false),
            ("text/*", false),
            ("application/json", false),
            ("text/event-stream", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            assert_eq!(wants_page(&headers), page, "{accept}");
        }
        assert!(!wants_page(&HeaderMap::new()));
    }
}
