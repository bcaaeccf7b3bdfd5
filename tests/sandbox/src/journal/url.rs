//! Where the log shows a request.

use http::header::HOST;
use http::request;

/// Returns the URL of the entry with this id: at the advertised URL, or else at the host that was called. It is its path
/// if the request names no host.
pub(crate) fn request_url(parts: &request::Parts, advertised: Option<&str>, id: u64) -> String {
    if let Some(advertised) = advertised {
        return format!("{advertised}/_sandbox/requests/{id}");
    }
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| parts.uri.authority().map(|authority| authority.as_str()));
    // Nothing else is echoed: the text is shown to people.
    let plain = |host: &&str| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
    };
    let base = host.filter(plain).map(|host| format!("http://{host}")).unwrap_or_default();
    format!("{base}/_sandbox/requests/{id}")
}
