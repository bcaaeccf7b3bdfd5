use std::fmt;
use std::sync::Arc;

use ureq::config::Config;
use ureq::unversioned::resolver::ResolvedSocketAddrs;
use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, DefaultConnector, Transport,
};
use ureq::{Agent, Error, ProxyProtocol};
use wechatpay_core::error::Phase;
use wechatpay_core::settings::Proxy;

use super::names::{Later, placeholder};
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use super::tls::Tls;
use super::{Budget, Names, Peer, Socket, Tracked, tcp, tunnel};
use crate::failure::Failure;
use crate::progress;

/// Creates an agent that looks up names when it connects, and records how far each request gets. The proxy replaces the
/// one in `config`.
pub(crate) fn agent(config: Config, names: Names, proxy: Option<Proxy>) -> Agent {
    let parts = Parts {
        #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
        tls: Tls::new(&config),
        names,
        proxy,
        fallback: DefaultConnector::new(),
    };
    Agent::with_parts(config, Connecting(Arc::new(parts)), Later)
}

struct Connecting(Arc<Parts>);

struct Parts {
    names: Names,
    proxy: Option<Proxy>,
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    tls: Tls,
    /// For what this crate does not do itself: SOCKS proxies, and TLS by another library than rustls.
    fallback: DefaultConnector,
}

/// A new connection, and whether its socket is a [`Socket`].
struct Opened {
    transport: Box<dyn Transport>,
    exact: bool,
}

impl Connector for Connecting {
    type Out = Tracked;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Tracked>, Error> {
        let budget = Budget::of(details);
        progress::connecting(budget.deadline);
        let opened = open(&self.0, details, &budget)?;
        progress::connected();
        Ok(Some(Tracked::new(opened.transport, opened.exact)))
    }
}

fn open(parts: &Arc<Parts>, details: &ConnectionDetails<'_>, budget: &Budget) -> Result<Opened, Failure> {
    let proxy = details.config.proxy().filter(|proxy| !proxy.is_no_proxy(details.uri));
    if !can_do_tls(details) || proxy.is_some_and(|proxy| !is_http(proxy)) {
        return by_ureq(parts, details, budget);
    }
    let opened = match (&parts.proxy, proxy) {
        (Some(proxy), _) => {
            let mut socket = connect(parts, Peer::of_proxy(proxy), details, budget)?;
            tunnel::open(&mut socket, proxy, details.uri, budget)?;
            Opened { transport: Box::new(socket), exact: true }
        }
        (None, Some(proxy)) => through(parts, proxy, details, budget)?,
        (None, None) => {
            let server = server(details)?;
            let socket = connect(parts, server, details, budget)?;
            Opened { transport: Box::new(socket), exact: true }
        }
    };
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    if details.needs_tls() {
        let transport = parts.tls.handshake(opened.transport, again(details, placeholder()), budget)?;
        return Ok(Opened { transport, ..opened });
    }
    Ok(opened)
}

/// Makes a TCP connection.
fn connect(
    parts: &Parts,
    peer: Peer<'_>,
    details: &ConnectionDetails<'_>,
    budget: &Budget,
) -> Result<Socket, Failure> {
    let addresses = parts.names.addresses(peer, details.config.ip_family(), budget)?;
    let stream = tcp::connect(peer, &addresses, budget)?;
    let failure = |error| Failure::new(Phase::Connect, format!("no connection to {peer}")).because(error);
    Socket::new(stream, details).map_err(failure)
}

/// Makes a tunnel through the proxy of an agent of the caller's own.
fn through(
    parts: &Arc<Parts>,
    proxy: &ureq::Proxy,
    details: &ConnectionDetails<'_>,
    budget: &Budget,
) -> Result<Opened, Failure> {
    let addresses = match proxy.resolve_target() {
        true => parts.names.for_ureq(server(details)?, details.config, budget)?,
        false => placeholder(),
    };
    let details = ConnectionDetails { run_connector: run_connector(parts), ..again(details, addresses) };
    match ConnectProxyConnector::default().connect(&details, None::<()>) {
        Ok(Some(transport)) => Ok(Opened { transport: Box::new(transport), exact: false }),
        Ok(None) => Err(Failure::new(Phase::Connect, "ureq made no connection to the proxy")),
        Err(error) => {
            let peer = format!("the proxy {}:{}", proxy.host(), proxy.port());
            Err(failed(error, &peer, budget))
        }
    }
}

/// Leaves everything but lookups to ureq, which does not tell in which phase it fails.
fn by_ureq(parts: &Arc<Parts>, details: &ConnectionDetails<'_>, budget: &Budget) -> Result<Opened, Failure> {
    let server = server(details)?;
    let proxy = details.config.proxy().filter(|proxy| !proxy.is_no_proxy(details.uri));
    let addresses = match proxy {
        Some(proxy) if !proxy.resolve_target() => placeholder(),
        _ => parts.names.for_ureq(server, details.config, budget)?,
    };
    let details = ConnectionDetails {
        // For the name of a SOCKS proxy.
        resolver: &parts.names,
        run_connector: run_connector(parts),
        // What the lookup took is over.
        now: (details.current_time)(),
        timeout: budget.timeout(),
        ..again(details, addresses)
    };
    match parts.fallback.connect(&details, None) {
        Ok(Some(transport)) => Ok(Opened { transport, exact: false }),
        Ok(None) => Err(Failure::new(Phase::Connect, format!("ureq made no connection to {server}"))),
        Err(error) => Err(failed(error, &server.to_string(), budget)),
    }
}

/// Converts an error of one of ureq's connectors.
fn failed(error: Error, peer: &str, budget: &Budget) -> Failure {
    match error {
        Error::Other(other) => match other.downcast::<Failure>() {
            Ok(failure) => *failure,
            Err(other) => {
                let text = format!("no connection to {peer}");
                Failure::new(Phase::Connect, text).because(Error::Other(other))
            }
        },
        Error::Timeout(_) => Failure::new(Phase::Connect, format!("{peer} did not connect within {budget}")),
        error => Failure::new(Phase::Connect, format!("no connection to {peer}")).because(error),
    }
}

fn server<'a>(details: &ConnectionDetails<'a>) -> Result<Peer<'a>, Failure> {
    Peer::of_url(details.uri).ok_or_else(|| Failure::new(Phase::Connect, "the URL has no host or no port"))
}

/// Whether this crate can do what the URL's scheme demands.
fn can_do_tls(details: &ConnectionDetails<'_>) -> bool {
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    let can = Tls::is_for(details.config);
    #[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
    let can = false;
    can || !details.needs_tls()
}

fn is_http(proxy: &ureq::Proxy) -> bool {
    matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https)
}

/// The connector that ureq uses to connect to a proxy. What it opens is part of another connection.
fn run_connector(parts: &Arc<Parts>) -> Arc<RunConnector> {
    let parts = Arc::clone(parts);
    Arc::new(
        move |details: &ConnectionDetails<'_>| Ok(open(&parts, details, &Budget::of(details))?.transport),
    )
}

type RunConnector = dyn Fn(&ConnectionDetails<'_>) -> Result<Box<dyn Transport>, Error> + Send + Sync;

/// The same connection, with these addresses.
fn again<'a>(details: &ConnectionDetails<'a>, addrs: ResolvedSocketAddrs) -> ConnectionDetails<'a> {
    ConnectionDetails {
        uri: details.uri,
        addrs,
        config: details.config,
        request_level: details.request_level,
        resolver: details.resolver,
        now: details.now,
        timeout: details.timeout,
        current_time: Arc::clone(&details.current_time),
        run_connector: Arc::clone(&details.run_connector),
        register_shutdown: Arc::clone(&details.register_shutdown),
    }
}

impl fmt::Debug for Connecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connecting").finish_non_exhaustive()
    }
}
