//! The language of texts.

use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, HeaderValue};

/// Whether `Accept-Language` asks for English rather than Chinese, which is the default. The one with the higher weight
/// is taken, and of two with the same weight the first.
pub(crate) fn prefers_english(headers: &HeaderMap) -> bool {
    let wanted = headers.get(ACCEPT_LANGUAGE).map(HeaderValue::as_bytes).unwrap_or_default();
    let wanted = String::from_utf8_lossy(wanted).to_ascii_lowercase();
    let ranges: Vec<(&str, f32)> = wanted.split(',').map(range).collect();
    let weight = |language: &str| {
        let mut of =
            ranges.iter().enumerate().filter(|(_, (tag, _))| tag.split('-').next() == Some(language));
        of.next().map(|(at, (_, weight))| (at, *weight)).filter(|(_, weight)| *weight > 0.0)
    };
    match (weight("en"), weight("zh")) {
        (Some((english_at, english)), Some((chinese_at, chinese))) => {
            english > chinese || (english == chinese && english_at < chinese_at)
        }
        (english, _) => english.is_some(),
    }
}

/// Splits `en-US;q=0.8` into the tag and its weight.
fn range(text: &str) -> (&str, f32) {
    let (tag, parameters) = text.split_once(';').unwrap_or((text, ""));
    let weight = parameters.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse().ok());
    (tag.trim(), weight.unwrap_or(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_higher_weight_is_taken_and_chinese_is_the_default() {
        for (header, english) in [
            ("", false),
            ("en", true),
            ("EN-us,fr", true),
            ("zh-CN", false),
            ("fr", false),
            ("en,zh", true),
            ("zh,en", false),
            ("zh;q=0.1, en;q=0.9", true),
            ("zh-CN,zh;q=0.9,en;q=0.8", false),
            ("en;q=0,zh", false),
            ("en;q=0", false),
            ("english", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(prefers_english(&headers), english, "{header}");
        }
    }
}
