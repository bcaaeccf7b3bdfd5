use bytes::Bytes;
use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

use crate::error::BuildError;
use crate::types::{FieldProblem, InvalidField};

/// The platform's API hosts: those in the lists of its official SDKs, and no others.
const PLATFORM_HOSTS: [&str; 5] = [
    "api.mch.weixin.qq.com",
    "api2.mch.weixin.qq.com",
    "apihk.mch.weixin.qq.com",
    "api.wechatpay.cn",
    "api2.wechatpay.cn",
];

/// The platform's host for bills, from which it serves the flow files of a day.
const BILL_HOST: &str = "download-service.wechatpay.cn";

/// The scheme, host and port of the platform, without a path or query. They are not part of what is signed.
///
/// Plain http is accepted only for loopback addresses, unless [`insecure_http`](Self::insecure_http) allows it.
///
/// Upper and lower case in the host, the default port of the scheme and, for the platform's own hosts, a final dot make
/// no difference: `https://API.mch.weixin.qq.com:443` equals [`wechatpay`](Self::wechatpay) and is displayed like it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    scheme: Scheme,
    /// In the normal form: lower case, without the default port.
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
        let base = Self::any_http(url)?;
        if base.scheme == Scheme::HTTP && !is_loopback(base.authority.host()) {
            return Err(invalid(
                "must begin with https://: plain http is accepted for loopback addresses such as 127.0.0.1 and \
                 localhost only, unless it is allowed with BaseUrl::insecure_http or WECHATPAY_INSECURE_HTTP=1",
            ));
        }
        Ok(base)
    }

    /// Like [`parse`](Self::parse), but accepts plain http for every host, such as a sandbox in another container or a
    /// gateway that adds TLS. The platform's own hosts are refused with plain http, always.
    ///
    /// Requests and responses are then neither encrypted nor protected by TLS. Whoever is on the path between this
    /// program and the host reads openids and coupons, can repeat a request for as long as its signature is fresh,
    /// and can forge every response that is accepted without a signature: errors, and the links to flow files. A
    /// successful response must still be signed by WeChat Pay, so it cannot be forged.
    ///
    /// # Errors
    /// [`InvalidField`] unless the URL is a bare `https` or `http` origin, or when it names a host of the platform with
    /// plain http.
    pub fn insecure_http(url: &str) -> Result<Self, InvalidField> {
        let base = Self::any_http(url)?;
        let host = base.authority.host();
        if base.scheme == Scheme::HTTP && (is_platform_host(host) || is_bill_host(host)) {
            return Err(invalid(
                "must begin with https://: plain http is never accepted for WeChat Pay's hosts",
            ));
        }
        Ok(base)
    }

    fn any_http(url: &str) -> Result<Self, InvalidField> {
        // Checked on the text, because the parser drops fragments.
        if url.contains('#') {
            return Err(invalid("must not have a fragment"));
        }
        let parts = url.parse::<Uri>().map_err(|_| invalid("is not a valid URL"))?.into_parts();
        let Some(authority) = parts.authority else {
            return Err(invalid("must begin with https:// and a host"));
        };
        let Some(scheme) = parts.scheme else {
            return Err(invalid(if is_loopback(authority.host()) {
                "has no scheme; write http:// before the loopback address"
            } else {
                "has no scheme; write https:// before the host. Plain http:// is accepted for loopback addresses \
                 only, unless it is allowed with BaseUrl::insecure_http or WECHATPAY_INSECURE_HTTP=1"
            }));
        };
        if parts.path_and_query.is_some_and(|path| path.as_str() != "/") {
            return Err(invalid("must not have a path or query, because they would not be signed"));
        }
        if scheme != Scheme::HTTPS && scheme != Scheme::HTTP {
            return Err(invalid("must begin with https://; plain http is accepted for loopback addresses"));
        }
        Self::origin(scheme, &authority).map_err(invalid)
    }

    /// Returns the origin in its normal form. The error is a predicate.
    fn origin(scheme: Scheme, authority: &Authority) -> Result<Self, &'static str> {
        if authority.as_str().contains('@') {
            return Err("must not contain a user name");
        }
        let mut host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err("has no host");
        }
        let port = match authority.as_str().get(host.len()..).unwrap_or_default() {
            "" | ":" => None,
            port => Some(port.trim_start_matches(':').parse::<u16>().map_err(|_| "has an invalid port")?),
        };
        // Elsewhere the dot may keep a resolver from adding its search domains.
        if is_platform_host(&host) || is_bill_host(&host) {
            host.truncate(host.trim_end_matches('.').len());
        }
        let default = if scheme == Scheme::HTTPS { 443 } else { 80 };
        let text = match port.filter(|port| *port != default) {
            Some(port) => format!("{host}:{port}"),
            None => host,
        };
        Ok(Self { scheme, authority: Authority::try_from(text).map_err(|_| "has an invalid host")? })
    }

    /// Returns the origin of a URL, whatever its host is.
    pub(crate) fn of(uri: &Uri) -> Result<Self, &'static str> {
        match (uri.scheme(), uri.authority()) {
            (Some(scheme), Some(authority)) if *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP => {
                Self::origin(scheme.clone(), authority)
            }
            _ => Err("is not an absolute URL with https://"),
        }
    }

    /// Whether this is one of the platform's API hosts, over https at its default port.
    pub(crate) fn is_platform(&self) -> bool {
        self.is_https_default_port() && is_platform_host(self.authority.host())
    }

    /// Whether this is the platform's host for bills, over https at its default port.
    pub(crate) fn is_bill_host(&self) -> bool {
        self.is_https_default_port() && is_bill_host(self.authority.host())
    }

    fn is_https_default_port(&self) -> bool {
        // The normal form has no default port.
        self.scheme == Scheme::HTTPS && self.authority.port().is_none()
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

fn invalid(rule: &'static str) -> InvalidField {
    InvalidField::new("base_url", FieldProblem::Rule(rule.into()))
}

fn is_platform_host(host: &str) -> bool {
    is_one_of(&PLATFORM_HOSTS, host)
}

fn is_bill_host(host: &str) -> bool {
    is_one_of(&[BILL_HOST], host)
}

/// Compares a host with names in lower case. Upper and lower case and one final dot make no difference.
fn is_one_of(names: &[&str], host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    names.iter().any(|name| name.eq_ignore_ascii_case(host))
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

/// Whether a host is this machine: `localhost`, or a loopback address.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
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
            ("http://LocalHost:80", "http://localhost"),
            ("HTTPS://API.mch.weixin.qq.com:443", "https://api.mch.weixin.qq.com"),
            ("https://api.mch.weixin.qq.com.", "https://api.mch.weixin.qq.com"),
            ("https://api.mch.weixin.qq.com:0443/", "https://api.mch.weixin.qq.com"),
            ("https://Pay.Example.com.:8443", "https://pay.example.com.:8443"),
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
        for (other, same) in [
            ("http://127.0.0.1:8700/", true),
            ("https://127.0.0.1:8700", false),
            ("http://127.0.0.1:8701", false),
            ("http://127.0.0.1", false),
        ] {
            assert_eq!(url == BaseUrl::parse(other).unwrap(), same, "{other}");
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
            "https://api.mch.weixin.qq.com#a",
            "https://api.mch.weixin.qq.com:99999",
            "https://",
            "https://:443",
            "127.0.0.1:8700",
            "localhost:8700",
        ] {
            let error = BaseUrl::parse(url).unwrap_err();
            assert_eq!(error.field(), "base_url", "{url}");
        }
    }

    #[test]
    fn the_platforms_hosts_are_those_of_the_official_sdks_over_https() {
        for host in PLATFORM_HOSTS {
            for url in [
                format!("https://{host}"),
                format!("https://{host}."),
                format!("https://{host}:443"),
                format!("https://{}/", host.to_uppercase()),
            ] {
                let base = BaseUrl::parse(&url).unwrap();
                assert!(base.is_platform(), "{url}");
                assert_eq!(base.to_string(), format!("https://{host}"));
                assert_eq!(base, BaseUrl::parse(&format!("https://{host}")).unwrap());
            }
        }
        for url in [
            "https://api.mch.weixin.qq.com:8443",
            "https://api.mch.weixin.qq.com..",
            "https://xapi.mch.weixin.qq.com",
            "https://api.mch.weixin.qq.com.example.com",
            "https://download-service.wechatpay.cn",
            "https://pay.weixin.qq.com",
            "http://127.0.0.1",
        ] {
            assert!(!BaseUrl::parse(url).unwrap().is_platform(), "{url}");
        }
        assert_ne!(BaseUrl::wechatpay(), BaseUrl::wechatpay_backup());
        assert_ne!(BaseUrl::parse("http://localhost").unwrap(), BaseUrl::parse("https://localhost").unwrap());
    }

    #[test]
    fn plain_http_beyond_loopback_must_be_allowed_by_name() {
        for (url, shown) in [
            ("http://192.168.1.1:8700", "http://192.168.1.1:8700"),
            ("http://sandbox:8700/", "http://sandbox:8700"),
            ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
            ("https://api.mch.weixin.qq.com", "https://api.mch.weixin.qq.com"),
        ] {
            assert_eq!(BaseUrl::insecure_http(url).unwrap().to_string(), shown);
        }
        for host in PLATFORM_HOSTS.into_iter().chain([BILL_HOST]) {
            for url in [
                format!("http://{host}"),
                format!("http://{host}.:8080"),
                format!("HTTP://{}:443", host.to_uppercase()),
            ] {
                let error = BaseUrl::insecure_http(&url).unwrap_err().to_string();
                assert!(error.contains("never accepted for WeChat Pay's hosts"), "{url}: {error}");
                assert!(BaseUrl::parse(&url).is_err(), "{url}");
            }
        }
        for url in ["ftp://sandbox", "sandbox:8700", "http://user@sandbox", "http://sandbox/v3", "http://"] {
            assert!(BaseUrl::insecure_http(url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_error_says_what_is_missing_and_what_is_allowed() {
        for (url, problem) in [
            ("127.0.0.1:8700", "base_url has no scheme; write http:// before the loopback address"),
            ("localhost:8700", "base_url has no scheme; write http:// before the loopback address"),
            ("sandbox:8700", "base_url has no scheme; write https:// before the host"),
            ("http://192.168.1.1:8700", "WECHATPAY_INSECURE_HTTP=1"),
            ("http://192.168.1.1:8700", "plain http is accepted for loopback addresses"),
        ] {
            let error = BaseUrl::parse(url).unwrap_err().to_string();
            assert!(error.contains(problem), "{url}: {error}");
        }
    }
}
