//! Hosts beyond this machine to which callbacks may be sent.

use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;

/// A host beyond this machine to which callbacks may be sent over plain HTTP: a name or IP address, and optionally a
/// port. It is compared with the host of the callback URL exactly, without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryHost {
    host: String,
    port: Option<u16>,
}

impl DeliveryHost {
    /// Whether callbacks to `url` may be sent.
    pub(crate) fn allows(&self, url: &Uri) -> bool {
        let is_host = url.host().is_some_and(|host| bare(host).eq_ignore_ascii_case(&self.host));
        is_host && self.port.is_none_or(|port| port == url.port_u16().unwrap_or(80))
    }
}

/// Parses `HOST` or `HOST:PORT`. An IPv6 address is in brackets.
impl FromStr for DeliveryHost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "must be HOST or HOST:PORT, such as app:8080, without http:// and path";
        let authority: http::uri::Authority = text.parse().map_err(|_| form)?;
        let (host, port) = (authority.host(), authority.port_u16());
        let has_port = authority.as_str().len() > host.len();
        if host.is_empty()
            || authority.as_str().contains('@')
            || (has_port && port.is_none_or(|port| port == 0))
        {
            return Err(form.to_owned());
        }
        let host = bare(host);
        if host.parse().is_ok_and(|ip| !may_be_delivered_to(ip)) {
            return Err("must not be a link-local, multicast or unspecified address".to_owned());
        }
        Ok(Self { host: host.to_ascii_lowercase(), port })
    }
}

/// Removes the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Whether an address may be that of a [`DeliveryHost`]. Link-local addresses are those of the metadata services of
/// clouds, which trust whoever can reach them.
pub(crate) fn may_be_delivered_to(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            !(ip.is_link_local() || ip.is_multicast() || ip.is_unspecified() || ip.is_broadcast())
        }
        IpAddr::V6(ip) => !(ip.is_unicast_link_local() || ip.is_multicast() || ip.is_unspecified()),
    }
}
