//! The language of texts.

use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, HeaderValue};

/// Whether `Accept-Language` asks for English rather than Chinese, which is the default.
pub(crate) fn prefers_english(headers: &HeaderMap) -> bool {
    let wanted = headers.get(ACCEPT_LANGUAGE).map(HeaderValue::as_bytes).unwrap_or_default();
    let wanted = String::from_utf8_lossy(wanted).to_ascii_lowercase();
    let first = |language: &str| wanted.split([',', ';']).position(|tag| tag.trim().starts_with(language));
    match (first("en"), first("zh")) {
        (Some(english), Some(chinese)) => english < chinese,
        (english, None) => english.is_some(),
        (None, Some(_)) => false,
    }
}
