use bytes::Bytes;
use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

use crate::error::BuildError;
use crate::types::{FieldProblem, InvalidField};

/// The scheme and host of the platform, without a path or query. The host is not part of what is signed.
///
/// Plain http is accepted only for loopback addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
}

impl BaseUrl {
    /// The platform's main host (主域名), `https://api.mch.weixin.qq.com`.
    pub fn wechatpay() -> Self {
        Self { scheme: Scheme::HTTPS, authority: Authority::from_static("api.mch.weixin.qq.com") }
    }

    /// The platform's backup host (备域名) in another city, `https://api2.mch.weixin.qq.com`.
    pub fn wechatpay_backup() -> Self {
        Self { scheme: Scheme::HTTPS, authority: Authority::from_static("api2.mch.weixin.qq.com") }
    }

    /// Parses a URL such as `http://127.0.0.1:8700`.
    ///
    /// # Errors
    /// [`InvalidField`] unless the URL is a bare `https` origin, or a bare `http` origin on loopback.
    pub fn parse(url: &str) -> Result<Self, InvalidField> {
        let invalid = |rule: &'static str| InvalidField::new("base_url", FieldProblem::Rule(rule.into()));
        let parts = url.parse::<Uri>().map_err(|_| invalid("is not a valid URL"))?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(invalid("must begin with https:// and a host"));
        };
        if parts.path_and_query.is_some_and(|path| path.as_str() != "/") {
            return Err(invalid("must not have a path or query, because they would not be signed"));
        }
        if authority.as_str().contains('@') {
            return Err(invalid("must not contain a user name"));
        }
        if scheme != Scheme::HTTPS && !(scheme == Scheme::HTTP && is_loopback(authority.host())) {
            return Err(invalid(
                "must begin with https://; plain http is accepted for loopback addresses only",
            ));
        }
        Ok(Self { scheme, authority })
    }

    /// Whether this is the origin with the given scheme and authority.
    pub(crate) fn is_origin(&self, scheme: &str, authority: &Authority) -> bool {
        self.scheme.as_str() == scheme && self.authority == *authority
    }

    /// Returns the URI of this origin with exactly this path and query.
    pub(crate) fn with_target(&self, target: Bytes) -> Result<Uri, BuildError> {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query =
            Some(PathAndQuery::from_maybe_shared(target).map_err(|error| BuildError::Http(error.into()))?);
        Uri::from_parts(parts).map_err(|error| BuildError::Http(error.into()))
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self::wechatpay()
    }
}

impl std::fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

impl std::str::FromStr for BaseUrl {
    type Err = InvalidField;

    fn from_str(url: &str) -> Result<Self, InvalidField> {
        Self::parse(url)
    }
}

pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_origins_are_accepted() {
        for (url, shown) in [
            ("https://api.mch.weixin.qq.com", "https://api.mch.weixin.qq.com"),
            ("https://api.mch.weixin.qq.com/", "https://api.mch.weixin.qq.com"),
            ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
            ("http://[::1]:8700/", "http://[::1]:8700"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(BaseUrl::parse(url).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn the_hosts_of_the_platform_are_known() {
        assert_eq!(BaseUrl::default().to_string(), "https://api.mch.weixin.qq.com");
        assert_eq!(BaseUrl::wechatpay(), BaseUrl::default());
        let backup: BaseUrl = "https://api2.mch.weixin.qq.com".parse().unwrap();
        assert_eq!(BaseUrl::wechatpay_backup(), backup);
        let uri = backup.with_target(Bytes::from_static(b"/v3/a%2Fb?c=d")).unwrap();
        assert_eq!(uri.to_string(), "https://api2.mch.weixin.qq.com/v3/a%2Fb?c=d");
        assert!(backup.with_target(Bytes::from_static(b"/v3 /")).is_err());
    }

    #[test]
    fn an_origin_is_scheme_and_host_and_port() {
        let url = BaseUrl::parse("http://127.0.0.1:8700").unwrap();
        for (scheme, authority, same) in [
            ("http", "127.0.0.1:8700", true),
            ("https", "127.0.0.1:8700", false),
            ("http", "127.0.0.1:8701", false),
            ("http", "127.0.0.1", false),
        ] {
            assert_eq!(url.is_origin(scheme, &authority.parse().unwrap()), same, "{scheme} {authority}");
        }
    }

    #[test]
    fn all_other_base_urls_are_rejected() {
        for url in [
            "",
            "api.mch.weixin.qq.com",
            "/v3",
            "http://api.mch.weixin.qq.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://192.168.1.1",
            "ftp://127.0.0.1",
            "https://api.mch.weixin.qq.com/wx",
            "https://api.mch.weixin.qq.com?a=b",
            "https://user@api.mch.weixin.qq.com",
        ] {
            let error = BaseUrl::parse(url).unwrap_err();
            assert_eq!(error.field(), "base_url", "{url}");
        }
    }
}
