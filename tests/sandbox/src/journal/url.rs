//! Where the log shows a request.

use http::request;

use crate::protocol::origin::for_people;

/// Returns the URL of the entry with this id, or its path if nobody knows where the sandbox is.
pub(crate) fn request_url(parts: &request::Parts, advertised: Option<&str>, id: u64) -> String {
    let base = for_people(parts, advertised).unwrap_or_default();
    format!("{base}/_sandbox/requests/{id}")
}
