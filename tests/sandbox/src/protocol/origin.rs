//! Under which origin the sandbox was called, for links back to it.

use http::header::HOST;
use http::request;
use http::uri::Authority;

/// WeChat Pay's hosts. A client whose host cannot be changed calls the sandbox by them, over TLS.
pub(crate) const PLATFORM_HOSTS: [&str; 2] = ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"];

/// An extension of the requests that arrived over TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverTls;

/// Returns the origin of links for the client. A client that calls WeChat Pay's host gets links to that host, as from
/// WeChat Pay, and another client to the advertised URL. `None` if nothing is known.
pub(crate) fn for_client(parts: &request::Parts, advertised: Option<&str>) -> Option<String> {
    let called = origin(parts);
    if called.is_some() && is_platform(parts) {
        return called;
    }
    advertised.map(str::to_owned).or(called)
}

/// Returns the origin of links for people. For them, WeChat Pay's host leads to WeChat Pay.
pub(crate) fn for_people(parts: &request::Parts, advertised: Option<&str>) -> Option<String> {
    advertised.map(str::to_owned).or_else(|| origin(parts).filter(|_| !is_platform(parts)))
}

/// Returns scheme and host that were called, such as `http://127.0.0.1:8700`; `None` if the request names no host, or one
/// with characters that no host has. Nothing else is echoed: people see the links.
fn origin(parts: &request::Parts) -> Option<String> {
    let host = authority(parts)?;
    let scheme = match parts.extensions.get::<OverTls>() {
        Some(OverTls) => "https",
        None => parts.uri.scheme_str().unwrap_or("http"),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    host.as_str().bytes().all(plain).then(|| format!("{scheme}://{host}"))
}

/// Whether the client called WeChat Pay's host over TLS.
fn is_platform(parts: &request::Parts) -> bool {
    let host = authority(parts);
    let is_called = |name: &str| host.as_ref().is_some_and(|host| host.host().eq_ignore_ascii_case(name));
    parts.extensions.get::<OverTls>().is_some() && PLATFORM_HOSTS.iter().any(|name| is_called(name))
}

fn authority(parts: &request::Parts) -> Option<Authority> {
    let named = || Authority::try_from(parts.headers.get(HOST)?.as_bytes()).ok();
    parts.uri.authority().cloned().or_else(named)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn links(target: &str, host: &str, tls: bool, advertised: Option<&str>) -> [Option<String>; 2] {
        let mut request = Request::get(target).header(HOST, host).body(()).unwrap();
        if tls {
            request.extensions_mut().insert(OverTls);
        }
        let (parts, ()) = request.into_parts();
        [for_client(&parts, advertised), for_people(&parts, advertised)]
    }

    #[test]
    fn links_begin_with_the_scheme_and_host_that_were_called() {
        for (target, host, tls, expected) in [
            ("/", "127.0.0.1:8700", false, "http://127.0.0.1:8700"),
            ("/", "[::1]:8743", true, "https://[::1]:8743"),
            ("/", "sandbox", true, "https://sandbox"),
            ("http://a:1/", "b:2", false, "http://a:1"),
            ("https://a:1/", "b:2", false, "https://a:1"),
            ("http://a:1/", "b:2", true, "https://a:1"),
            ("/", "api.mch.weixin.qq.com", false, "http://api.mch.weixin.qq.com"),
        ] {
            let expected = Some(expected.to_owned());
            assert_eq!(links(target, host, tls, None), [expected.clone(), expected], "{target} {host}");
        }
        for nonsense in ["", "a b", "user@host", "a%20b", "a\"b", "a/b"] {
            assert_eq!(links("/", nonsense, true, None), [None, None], "{nonsense}");
        }
    }

    #[test]
    fn the_advertised_url_comes_before_the_host() {
        let advertised = Some("http://sandbox:8700");
        let expected = advertised.map(str::to_owned);
        assert_eq!(links("/", "127.0.0.1:8743", true, advertised), [expected.clone(), expected]);
    }

    #[test]
    fn a_client_that_calls_the_platforms_host_gets_links_to_it_and_people_do_not() {
        for host in ["api.mch.weixin.qq.com", "API2.mch.weixin.qq.com:443"] {
            let called = Some(format!("https://{host}"));
            let advertised = "http://sandbox:8700";
            assert_eq!(links("/", host, true, None), [called.clone(), None]);
            assert_eq!(links("/", host, true, Some(advertised)), [called, Some(advertised.to_owned())]);
        }
    }
}
