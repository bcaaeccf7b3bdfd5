use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, ToSocketAddrs as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use ureq::Error;
use ureq::config::{Config, IpFamily};
use ureq::unversioned::resolver::{ArrayVec, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use wechatpay_core::error::Phase;
use wechatpay_core::http::Uri;

use super::{Budget, Peer};
use crate::failure::Failure;
use crate::progress;

/// The addresses of hosts: given ones, or those that the operating system looks up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// By host in lower case, without brackets.
    given: BTreeMap<String, Vec<SocketAddr>>,
}

impl Names {
    /// Gives a host addresses, so that it is not looked up. Port 0 stands for the port of the URL.
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    pub(crate) fn give(&mut self, host: &str, addresses: impl IntoIterator<Item = SocketAddr>) {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        self.given.insert(host.to_ascii_lowercase(), addresses.into_iter().collect());
    }

    /// Returns the addresses of a peer, at least one. Looks its name up if need be.
    pub(super) fn addresses(
        &self,
        peer: Peer<'_>,
        family: IpFamily,
        budget: &Budget,
    ) -> Result<Vec<SocketAddr>, Failure> {
        if let Some(given) = self.given.get(&peer.host.to_ascii_lowercase()) {
            if given.is_empty() {
                let text = format!("with_addresses gave no address for {}", peer.host);
                return Err(Failure::new(Phase::Resolve, text));
            }
            let with_port = |mut address: SocketAddr| {
                if address.port() == 0 {
                    address.set_port(peer.port);
                }
                address
            };
            return Ok(given.iter().copied().map(with_port).collect());
        }
        let found = match peer.ip() {
            Some(ip) => vec![SocketAddr::new(ip, peer.port)],
            None => look_up(peer, budget, |host, port| Ok((host, port).to_socket_addrs()?.collect()))?,
        };
        let wanted: Vec<_> = family.keep_wanted(found.into_iter()).collect();
        if wanted.is_empty() {
            let text = format!("{peer} has no address of the agent's IP family ({family:?})");
            return Err(Failure::new(Phase::Resolve, text));
        }
        Ok(wanted)
    }
}

impl Names {
    /// The same for ureq's connectors, which take a limited number.
    pub(super) fn for_ureq(
        &self,
        peer: Peer<'_>,
        config: &Config,
        budget: &Budget,
    ) -> Result<ResolvedSocketAddrs, Failure> {
        let found = self.addresses(peer, config.ip_family(), budget)?;
        let mut addresses = no_addresses();
        for address in found.into_iter().take(MAX_FOR_UREQ) {
            addresses.push(address);
        }
        Ok(addresses)
    }
}

/// For the lookups that ureq's connectors make themselves.
impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let peer = Peer::of_url(uri).ok_or(Error::HostNotFound)?;
        Ok(self.for_ureq(peer, config, &Budget::new(config, timeout))?)
    }
}

/// Looks a name up in a thread of its own, because the operating system's lookup has no timeout. When the time is over,
/// the thread is left to itself: it ends when the operating system gives up.
fn look_up(
    peer: Peer<'_>,
    budget: &Budget,
    lookup: impl FnOnce(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> Result<Vec<SocketAddr>, Failure> {
    let failure = |text: String| Failure::new(Phase::Resolve, text);
    let late = || failure(format!("the lookup of {peer} took longer than {budget}"));
    let left = budget.left().ok_or_else(late)?;
    let (sender, result) = mpsc::sync_channel(1);
    let (host, port) = (peer.host.to_owned(), peer.port);
    thread::Builder::new()
        .name("wechatpay-dns".to_owned())
        .spawn(move || sender.send(lookup(&host, port)))
        .map_err(|error| failure(format!("no thread could be started to look {peer} up")).because(error))?;
    match result.recv_timeout(left) {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(failure(format!("{peer} could not be looked up")).because(error)),
        Err(RecvTimeoutError::Timeout) => Err(late()),
        Err(RecvTimeoutError::Disconnected) => Err(failure(format!("the lookup of {peer} ended early"))),
    }
}

/// The resolver that ureq asks for each request. It looks nothing up, because the request may use an open connection.
#[derive(Debug)]
pub(super) struct Later;

impl Resolver for Later {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        progress::begun();
        Ok(placeholder())
    }

    /// ureq calls this instead for requests through a proxy.
    fn empty(&self) -> ResolvedSocketAddrs {
        progress::begun();
        no_addresses()
    }
}

/// The size of [`ResolvedSocketAddrs`]. Pushing more panics.
const MAX_FOR_UREQ: usize = 16;

fn no_addresses() -> ResolvedSocketAddrs {
    ArrayVec::from_fn(|_| UNSPECIFIED)
}

/// ureq demands at least one address.
pub(super) fn placeholder() -> ResolvedSocketAddrs {
    let mut addresses = no_addresses();
    addresses.push(UNSPECIFIED);
    addresses
}

const UNSPECIFIED: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ureq::Timeout;

    use super::*;

    fn budget(length: Duration) -> Budget {
        let timeout =
            NextTimeout { after: length.into(), reason: Timeout::Connect, ..NextTimeout::default() };
        let config = ureq::Agent::config_builder().timeout_connect(Some(length)).build();
        Budget::new(&config, timeout)
    }

    /// The error of a lookup.
    fn error(
        length: Duration,
        lookup: impl FnOnce(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> String {
        let url = "https://pay.example.com".parse().unwrap();
        let failure = look_up(Peer::of_url(&url).unwrap(), &budget(length), lookup).unwrap_err();
        let Error::Other(other) = Error::from(failure) else { panic!() };
        other.to_string()
    }

    /// ureq asks for every request, also if it uses an open connection.
    #[test]
    fn the_resolver_of_an_agent_looks_nothing_up() {
        let config = ureq::Agent::config_builder().build();
        // A lookup of this name fails: the domain `.invalid` is reserved for names that never exist.
        let url: Uri = "https://nowhere.invalid".parse().unwrap();
        let resolved = Later.resolve(&url, &config, NextTimeout::default()).unwrap();
        assert_eq!(*resolved, [UNSPECIFIED]);
        assert!(Names::default().resolve(&url, &config, NextTimeout::default()).is_err());
    }

    #[test]
    fn a_lookup_that_hangs_is_abandoned_when_the_time_is_over() {
        let (release, released) = mpsc::channel::<()>();
        let text = error(Duration::from_millis(20), move |_, _| {
            // Ends with the test.
            let _ = released.recv();
            Ok(Vec::new())
        });
        assert_eq!(text, "the lookup of pay.example.com:443 took longer than the connect timeout of 20ms");
        drop(release);
    }

    #[test]
    fn a_lookup_that_fails_or_panics_is_an_error() {
        let minute = Duration::from_secs(60);
        let failed = error(minute, |_, _| Err(io::Error::other("no name server")));
        assert_eq!(failed, "pay.example.com:443 could not be looked up");
        let panicked = error(minute, |_, _| panic!("on purpose"));
        assert_eq!(panicked, "the lookup of pay.example.com:443 ended early");
    }
}
