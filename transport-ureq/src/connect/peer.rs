use std::fmt;
use std::net::IpAddr;

use wechatpay_core::http::Uri;
use wechatpay_core::http::uri::Scheme;
use wechatpay_core::settings::Proxy;

/// To whom a TCP connection is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer<'a> {
    /// A name or an address, without brackets.
    pub(super) host: &'a str,
    pub(super) port: u16,
    is_proxy: bool,
}

impl<'a> Peer<'a> {
    /// The server of a URL. `None` if the URL has no host, or neither a port nor a scheme with a default port.
    pub(super) fn of_url(url: &'a Uri) -> Option<Self> {
        let default = match url.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => Some(443),
            Some(scheme) if *scheme == Scheme::HTTP => Some(80),
            Some(scheme) if scheme.as_str().starts_with("socks") => Some(1080),
            _ => None,
        };
        let port = url.port_u16().or(default)?;
        Some(Self { host: without_brackets(url.host()?), port, is_proxy: false })
    }

    /// A proxy.
    pub(super) fn of_proxy(proxy: &'a Proxy) -> Self {
        Self { host: without_brackets(proxy.host()), port: proxy.port(), is_proxy: true }
    }

    /// Returns the address, if the host is one.
    pub(super) fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Such as `pay.example.com:443` or `the proxy [::1]:3128`.
impl fmt::Display for Peer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, is_proxy } = self;
        if *is_proxy {
            f.write_str("the proxy ")?;
        }
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}
