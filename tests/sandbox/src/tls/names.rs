//! The names in the server's certificate, and those that the CA permits.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints, SanType};
use tokio_rustls::rustls::pki_types::ServerName;

use crate::protocol::origin::PLATFORM_HOSTS;

/// Names that belong to no public site (RFC 6761, and `internal` as reserved by ICANN), with all names below them.
const LOCAL: [&str; 2] = ["localhost", "internal"];
/// Loopback and private networks (RFC 1122, 1918 and 4193), by their first address and the length of their prefix.
const NETWORKS: [(IpAddr, u8); 6] = [
    (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
];

/// The names under which clients reach a server.
pub(crate) struct Names {
    dns: BTreeSet<String>,
    ips: BTreeSet<IpAddr>,
}

impl Names {
    /// The names of this machine, those of WeChat Pay, and `hosts`. A host that cannot be in a certificate is left out.
    pub(crate) fn with(hosts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let always =
            ["localhost", "host.docker.internal"].into_iter().chain(PLATFORM_HOSTS).map(str::to_owned);
        let mut names = Self {
            dns: always.collect(),
            ips: [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].into(),
        };
        for host in hosts {
            let host = host.as_ref().trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
            match ServerName::try_from(host) {
                Ok(ServerName::DnsName(name)) => drop(names.dns.insert(name.as_ref().to_ascii_lowercase())),
                Ok(ServerName::IpAddress(ip)) => drop(names.ips.insert(ip.into())),
                _ => {}
            }
        }
        names.ips.retain(|ip| !ip.is_unspecified());
        names
    }

    /// The names in the server's certificate.
    pub(crate) fn subject(&self) -> Vec<SanType> {
        let dns = self.dns.iter().filter_map(|name| Some(SanType::DnsName(name.as_str().try_into().ok()?)));
        dns.chain(self.ips.iter().copied().map(SanType::IpAddress)).collect()
    }

    /// What the CA may sign for, so that whoever gets its key cannot pretend to be any other site. Java ignores this for
    /// a CA that is trusted itself.
    pub(crate) fn permitted(&self) -> NameConstraints {
        let dns: BTreeSet<&str> = LOCAL.into_iter().chain(self.dns.iter().map(String::as_str)).collect();
        let dns = dns.into_iter().map(|name| GeneralSubtree::DnsName(name.to_owned()));
        let networks = NETWORKS.map(|(ip, prefix)| CidrSubnet::from_addr_prefix(ip, prefix));
        let single = |ip: &IpAddr| CidrSubnet::from_addr_prefix(*ip, if ip.is_ipv4() { 32 } else { 128 });
        let others = self.ips.iter().filter(|ip| !ip.is_loopback()).map(single);
        let ips = networks.into_iter().chain(others).map(GeneralSubtree::IpAddress);
        NameConstraints { permitted_subtrees: dns.chain(ips).collect(), excluded_subtrees: Vec::new() }
    }
}
