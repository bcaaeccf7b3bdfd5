//! Where the log shows a request.

use http::header::HOST;
use http::{HeaderMap, request};

/// Returns the URL of the entry with this id: at the advertised URL, or else at the host that was called. It is its path
/// if the request names no host.
pub(crate) fn request_url(parts: &request::Parts, advertised: Option<&str>, id: u64) -> String {
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let base = base_url(&parts.headers, authority, advertised).unwrap_or_default();
    format!("{base}/_sandbox/requests/{id}")
}

/// Returns the URL of the sandbox: the advertised one, or else the one that was called, if it is known.
pub(crate) fn base_url(
    headers: &HeaderMap,
    authority: Option<&str>,
    advertised: Option<&str>,
) -> Option<String> {
    if let Some(advertised) = advertised {
        return Some(advertised.to_owned());
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).or(authority);
    // Nothing else is echoed: the text is shown to people.
    let plain = |host: &&str| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
    };
    host.filter(plain).map(|host| format!("http://{host}"))
}
