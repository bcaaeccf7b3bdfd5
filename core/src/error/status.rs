//! What a response without an error code is, by its HTTP status.

use http::header::LOCATION;
use http::{HeaderMap, StatusCode, Uri};

use super::OneLine;

/// Where a redirect leads to, without what may identify a person: path, query and credentials.
pub(super) fn redirect(status: StatusCode, headers: &HeaderMap) -> Option<String> {
    if !is_redirect(status) {
        return None;
    }
    let Some(uri) = headers.get(LOCATION).and_then(|value| Uri::try_from(value.as_bytes()).ok()) else {
        return Some("an address that it does not name".to_owned());
    };
    let Some(host) = uri.host() else { return Some("another path of the same host".to_owned()) };
    let scheme = uri.scheme_str().unwrap_or("https");
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(OneLine(&format!("{scheme}://{host}{port}")).to_string())
}

pub(super) fn is_redirect(status: StatusCode) -> bool {
    status.is_redirection() && status != StatusCode::NOT_MODIFIED
}

/// Whether the status itself says more than a code in the body could: something on the way asks for something.
pub(super) fn decides(status: StatusCode) -> bool {
    let asks = [StatusCode::PROXY_AUTHENTICATION_REQUIRED, StatusCode::NETWORK_AUTHENTICATION_REQUIRED];
    is_redirect(status) || asks.contains(&status)
}

/// Whether the request is too large for a server on its way.
pub(super) fn is_too_large(status: StatusCode) -> bool {
    let too_large = [
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::URI_TOO_LONG,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    ];
    too_large.contains(&status)
}

/// Describes a response by its status, as a sentence.
pub(super) fn meaning(status: StatusCode, redirect: Option<&str>) -> String {
    let known = match status.as_u16() {
        202 => "the request was accepted but has not been processed yet",
        204 => "the response has no content",
        206 => "the response is only a part of the content, although the whole was requested",
        304 => "the response is that nothing was modified, although the request has no condition",
        400 => "the request was refused as invalid",
        401 => "the request was not authenticated",
        403 => "access was denied",
        404 => "nothing was found at this path",
        405 => "this path does not accept the method",
        407 => "a proxy asks for credentials",
        408 => "the server waited too long for the request",
        413 => "the body of the request is larger than the server accepts",
        414 => "the URL of the request is longer than the server accepts",
        429 => "there were too many requests",
        431 => "the headers of the request are larger than the server accepts",
        500 => "the server failed",
        502 => "a gateway received no valid response from the server behind it",
        503 => "the service is unavailable",
        504 => "a gateway received no response in time from the server behind it",
        511 => "the network asks for a login",
        _ => "",
    };
    if let (true, Some(target)) = (is_redirect(status), redirect) {
        return format!("the response is a redirect to {target}, which is not followed");
    }
    match (known, status.canonical_reason()) {
        ("", Some(reason)) => format!("the response has the unexpected status {reason}"),
        ("", None) => "the response has an unknown status".to_owned(),
        (known, _) => known.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_shown_with_its_host_only() {
        let to = |location: &'static str| {
            let headers = HeaderMap::from_iter([(LOCATION, location.parse().unwrap())]);
            meaning(StatusCode::FOUND, redirect(StatusCode::FOUND, &headers).as_deref())
        };
        for (location, target) in [
            ("https://portal.example.com/login?url=/users/oSECRET", "https://portal.example.com"),
            ("http://user:oSECRET@10.0.0.1:8080/", "http://10.0.0.1:8080"),
            ("/login?openid=oSECRET", "another path of the same host"),
            ("https://[::1]:1/", "https://[::1]:1"),
            ("not a URL", "an address that it does not name"),
            ("", "an address that it does not name"),
        ] {
            assert_eq!(
                to(location),
                format!("the response is a redirect to {target}, which is not followed")
            );
        }
        let none = redirect(StatusCode::FOUND, &HeaderMap::new());
        assert_eq!(none.as_deref(), Some("an address that it does not name"));
        for status in [200, 304, 404] {
            assert_eq!(redirect(StatusCode::from_u16(status).unwrap(), &HeaderMap::new()), None);
        }
    }

    #[test]
    fn every_status_has_a_meaning() {
        for status in 100..=999 {
            let status = StatusCode::from_u16(status).unwrap();
            assert!(meaning(status, None).len() > 10, "{status}");
        }
        assert!(meaning(StatusCode::IM_A_TEAPOT, None).ends_with("the unexpected status I'm a teapot"));
        for (status, named) in
            [(407, "proxy"), (413, "larger than"), (206, "part"), (511, "login"), (302, "Found")]
        {
            assert!(meaning(StatusCode::from_u16(status).unwrap(), None).contains(named), "{status}");
        }
    }
}
