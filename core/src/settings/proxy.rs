use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::types::{FieldProblem, InvalidField};

/// An HTTP proxy that connects to WeChat Pay with CONNECT, so that it sees neither requests nor responses.
///
/// `Debug` and errors do not show the user name and the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    host: String,
    port: u16,
    credentials: Option<(Zeroizing<String>, Zeroizing<String>)>,
}

impl Proxy {
    /// Parses a URL such as `http://proxy.example.com:3128` or `http://user:password@proxy.example.com:3128`. The
    /// default port is 80. Special characters in the user name and the password are percent-encoded.
    ///
    /// # Errors
    /// [`InvalidField`] unless the URL is `http://` with a host and nothing after the port.
    pub fn parse(url: &str) -> Result<Self, InvalidField> {
        Self::of(url).map_err(|rule| InvalidField::new("proxy", FieldProblem::Rule(rule.into())))
    }

    fn of(url: &str) -> Result<Self, &'static str> {
        const FORM: &str = "must have the form http://host:port or http://user:password@host:port";
        let rest = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some(_) => return Err("must begin with http://: other kinds of proxies are not supported"),
            None => return Err("has no scheme; write http:// before the host"),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (credentials, authority) = match rest.rsplit_once('@') {
            Some((credentials, authority)) => (Some(credentials), authority),
            None => (None, rest),
        };
        let authority = authority.parse::<Authority>().map_err(|_| FORM)?;
        let host = authority.host().to_ascii_lowercase();
        let port = match authority.as_str().get(host.len()..).unwrap_or_default() {
            "" => 80,
            port => port.trim_start_matches(':').parse().map_err(|_| FORM)?,
        };
        if host.is_empty() || port == 0 {
            return Err(FORM);
        }
        let credentials = match credentials {
            None | Some("") => None,
            Some(text) => {
                let (user, password) = text.split_once(':').unwrap_or((text, ""));
                Some((decoded(user)?, decoded(password)?))
            }
        };
        if credentials.as_ref().is_some_and(|(user, _)| user.contains(':')) {
            return Err("must not have a colon in the user name");
        }
        Ok(Self { host, port, credentials })
    }

    /// Returns the host name or address. An IPv6 address is in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns user name and password.
    pub fn credentials(&self) -> Option<(&str, &str)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// Returns the URI of the proxy, without user name and password.
    pub fn uri(&self) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Authority::try_from(format!("{}:{}", self.host, self.port)).ok();
        parts.path_and_query = Some(PathAndQuery::from_static("/"));
        // It cannot fail: the host was parsed before.
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// Returns the value of `Proxy-Authorization`, marked as sensitive.
    pub fn authorization(&self) -> Option<HeaderValue> {
        let (user, password) = self.credentials()?;
        let plain = Zeroizing::new(format!("{user}:{password}"));
        let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(plain.as_bytes())));
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

fn decoded(text: &str) -> Result<Zeroizing<String>, &'static str> {
    let text = percent_decode_str(text).decode_utf8();
    Ok(Zeroizing::new(text.map_err(|_| "must have a user name and a password in UTF-8")?.into_owned()))
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_http_proxies_are_parsed() {
        for (url, host, port, credentials) in [
            ("http://proxy:3128", "proxy", 3128, None),
            ("HTTP://Proxy.Example.com/", "proxy.example.com", 80, None),
            ("http://[::1]:3128", "[::1]", 3128, None),
            ("http://user@proxy:1", "proxy", 1, Some(("user", ""))),
            ("http://user:pass@proxy:1", "proxy", 1, Some(("user", "pass"))),
            ("http://us%40er:p%3Aa%2Fs%25s@proxy:1", "proxy", 1, Some(("us@er", "p:a/s%s"))),
            // Not encoded, but not ambiguous either.
            ("http://user:p@s/s#:@proxy:1", "proxy", 1, Some(("user", "p@s/s#:"))),
        ] {
            let proxy = Proxy::parse(url).unwrap();
            assert_eq!((proxy.host(), proxy.port(), proxy.credentials()), (host, port, credentials), "{url}");
            assert_eq!(proxy.uri().to_string(), format!("http://{host}:{port}/"));
            let shown = format!("{proxy:?}");
            assert!(!shown.contains("user") && !shown.contains("pass"), "{shown}");
        }
        // `printf 'Aladdin:open sesame' | base64`, the example of RFC 7617.
        let proxy = Proxy::parse("http://Aladdin:open%20sesame@proxy").unwrap();
        let value = proxy.authorization().unwrap();
        assert_eq!(value.to_str().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(value.is_sensitive());
    }

    #[test]
    fn other_urls_are_refused_without_showing_them() {
        for url in [
            "",
            "proxy:3128",
            "user:secret@proxy:3128",
            "https://user:secret@proxy",
            "socks5://user:secret@proxy",
            "http://",
            "http://user:secret@",
            "http://user:secret@proxy:99999",
            "http://user:secret@proxy:0",
            "http://user:secret@proxy:3128/path",
            "http://user:secret@proxy?query",
            "http://us%3Aer:secret@proxy",
            "http://user:secret%FF@proxy",
            "-----BEGIN PRIVATE KEY-----\nsecret",
        ] {
            let error = Proxy::parse(url).unwrap_err().to_string();
            assert!(error.starts_with("proxy ") && !error.contains("secret"), "{url}: {error}");
        }
    }
}
