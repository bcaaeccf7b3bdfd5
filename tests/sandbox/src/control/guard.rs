//! Who may drive the sandbox: its own page, and programs that are no browser. A page of another site may not, even
//! though it reaches the sandbox from the developer's browser.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, request};

use crate::protocol::reply::Reply;

/// The headers of every answer: nothing is loaded from elsewhere, framed, guessed, passed on or kept.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

/// Adds the headers that every answer has.
pub(crate) fn protect(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Checks where a request comes from. `page` says whether it is for a page, to which other sites may link.
pub(crate) fn check(parts: &request::Parts, allowed: &[String], page: bool) -> Result<(), Reply> {
    check_host(parts, allowed)?;
    let all = |name: &str| parts.headers.get_all(name).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>();
    let sites = all("sec-fetch-site");
    if !sites.is_empty() {
        let own = sites.iter().all(|site| matches!(*site, b"same-origin" | b"none"));
        let link = page
            && parts.method == Method::GET
            && all("sec-fetch-mode") == [b"navigate"]
            && all("sec-fetch-dest") == [b"document"];
        return if own || link { Ok(()) } else { Err(foreign("Sec-Fetch-Site", &text(&sites))) };
    }
    let (origins, hosts) = (all(ORIGIN.as_str()), all(HOST.as_str()));
    let own =
        |origin: &&[u8]| hosts.first().is_some_and(|host| is_origin_of(&text(&[origin]), &text(&[host])));
    if origins.iter().all(own) { Ok(()) } else { Err(foreign("Origin", &text(&origins))) }
}

/// Checks the names by which the sandbox is reached. A page whose name is made to point at this machine (DNS
/// rebinding) is caught by this only. A request without `Host` comes from no browser.
fn check_host(parts: &request::Parts, allowed: &[String]) -> Result<(), Reply> {
    let mut hosts: Vec<String> =
        parts.headers.get_all(HOST).iter().map(|host| text(&[host.as_bytes()])).collect();
    if hosts.len() > 1 {
        return Err(refused("The request has more than one Host header; send one."));
    }
    // The absolute form of a target takes precedence over `Host`.
    hosts.extend(parts.uri.authority().map(|authority| authority.as_str().to_owned()));
    match hosts.iter().find(|host| !is_allowed(host, allowed)) {
        None => Ok(()),
        Some(host) => {
            let name = name_of(host).unwrap_or_else(|| host.clone());
            Err(refused(&format!(
                "The sandbox does not answer under the host {host:?}, because any web page could give such a name to \
                 this machine. Reach it by an IP address, localhost, a name without a dot, *.localhost or *.internal, \
                 or start it with --allow-host {name}."
            )))
        }
    }
}

fn foreign(header: &str, value: &str) -> Reply {
    refused(&format!(
        "The request comes from a page of another origin ({header}: {value}), and no page but the sandbox's own may \
         drive it. Open the sandbox itself in the browser, or send the request from a program without {header}."
    ))
}

fn refused(message: &str) -> Reply {
    Reply::forbidden("FORBIDDEN", message)
}

fn text(values: &[&[u8]]) -> String {
    String::from_utf8_lossy(&values.join(&b", "[..])).into_owned()
}

/// Whether `Host` names this machine as no public name does, or is allowed by the settings.
fn is_allowed(host: &str, allowed: &[String]) -> bool {
    let Some(name) = name_of(host) else { return false };
    if name.parse::<Ipv4Addr>().is_ok() || is_ipv6(&name) {
        return true;
    }
    let labels: Vec<&str> = name.split('.').collect();
    let is_name = labels.iter().all(|label| {
        let mut bytes = label.bytes();
        !label.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    });
    let is_local = match labels.as_slice() {
        [_] => true,
        [.., last] => matches!(*last, "localhost" | "internal"),
        [] => false,
    };
    is_name && is_local || allowed.iter().any(|allowed| name_of(allowed).as_deref() == Some(name.as_str()))
}

/// Whether this is an IPv6 address in brackets. It may have a zone.
fn is_ipv6(name: &str) -> bool {
    let inside = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let address = inside.map(|inside| inside.split_once('%').map_or(inside, |(address, _)| address));
    address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

/// The name or address in a `Host`, without the port, in lower case and without the dot of the root.
fn name_of(host: &str) -> Option<String> {
    let (name, _) = split(host)?;
    let name = name.strip_suffix('.').unwrap_or(name);
    Some(name.to_ascii_lowercase()).filter(|name| !name.is_empty())
}

/// Splits a `Host` into name and port.
fn split(host: &str) -> Option<(&str, Option<u16>)> {
    let (name, port) = match host.rsplit_once(':') {
        // A colon of an IPv6 address is inside the brackets.
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    match port {
        None | Some("") => Some((name, None)),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some((name, Some(port.parse().ok()?)))
        }
        Some(_) => None,
    }
}

/// Whether an `Origin` is that of the pages under this `Host`. TLS may end before the sandbox, so both schemes count.
fn is_origin_of(origin: &str, host: &str) -> bool {
    let same = |prefix: &str, default: u16| {
        let Some((origin, host)) = origin.strip_prefix(prefix).and_then(split).zip(split(host)) else {
            return false;
        };
        origin.0.eq_ignore_ascii_case(host.0) && origin.1.unwrap_or(default) == host.1.unwrap_or(default)
    };
    same("http://", 80) || same("https://", 443)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_names_and_addresses_are_allowed() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8700",
            "0.0.0.0:1",
            "192.168.1.7",
            "203.0.113.9:8700",
            "[::1]",
            "[::1]:8700",
            "[fe80::1%25eth0]:80",
            "[::ffff:127.0.0.1]",
            "localhost",
            "LOCALHOST:8700",
            "localhost.",
            "localhost:",
            "a.localhost",
            "a.b.localhost.:80",
            "sandbox",
            "my_service:8700",
            "wechat-pay",
            "host.docker.internal",
            "Sandbox.Internal.:8700",
            "2130706433",
        ] {
            assert!(is_allowed(host, &[]), "{host}");
        }
    }

    #[test]
    fn public_names_and_malformed_ones_are_not() {
        for host in [
            "",
            ".",
            "evil.example",
            "evil.example:8700",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "internal.evil.example",
            "localhost..",
            ".localhost",
            "a..localhost",
            "localhost@evil",
            "evil.example@localhost",
            "localhost/",
            "localhost:80:80",
            "localhost:99999",
            "localhost:x",
            "localhost, a",
            "[::1",
            "::1",
            "[evil.example]",
            "[::1].evil.example",
            "127.1",
            "0x7f.0.0.1",
            "256.0.0.1",
            "local host",
            "notlocalhost.example",
            "xinternal.com",
            "ｌocalhost.com",
        ] {
            assert!(!is_allowed(host, &[]), "{host}");
        }
    }

    #[test]
    fn a_name_that_was_allowed_is_allowed_in_all_its_forms() {
        let allowed = ["Pay.Example.com:8700".to_owned()];
        for host in ["pay.example.com", "PAY.example.com.:443", "pay.example.com:1"] {
            assert!(is_allowed(host, &allowed), "{host}");
        }
        for host in ["a.pay.example.com", "example.com", "pay.example.com.evil.example"] {
            assert!(!is_allowed(host, &allowed), "{host}");
        }
    }

    #[test]
    fn an_origin_equals_its_host() {
        for (origin, host) in [
            ("http://localhost:8700", "localhost:8700"),
            ("http://LOCALHOST:8700", "localhost:8700"),
            ("http://localhost", "localhost:80"),
            ("http://localhost:80", "localhost"),
            ("https://a.internal", "a.internal"),
            ("https://a.internal", "a.internal:443"),
            ("http://[::1]:1", "[::1]:1"),
        ] {
            assert!(is_origin_of(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("null", "localhost"),
            ("", "localhost"),
            ("http://localhost:8701", "localhost:8700"),
            ("http://localhost", "localhost:8700"),
            ("http://evil.example", "localhost"),
            ("localhost", "localhost"),
            ("http://localhost.evil.example", "localhost"),
            ("file://", "localhost"),
            ("ftp://localhost", "localhost"),
            ("http://localhost:8700/", "localhost:8700"),
            ("http://127.0.0.1:8700", "localhost:8700"),
            ("https://localhost:80", "localhost"),
            ("http://localhost, http://evil.example", "localhost"),
        ] {
            assert!(!is_origin_of(origin, host), "{origin} {host}");
        }
    }
}
