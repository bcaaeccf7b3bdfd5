//! Makes TCP connections.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;
use wechatpay_core::error::{Phase, TransportError, TransportErrorKind};
use wechatpay_core::http::Uri;
use wechatpay_core::http::uri::Scheme;

use crate::limit::{Limit, TimedOut};
use crate::lookup::Lookups;

/// The default connect timeout. See [`Client::with_connect_timeout`](crate::Client::with_connect_timeout).
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The name of the connect timeout in errors.
pub(crate) const CONNECT_TIMEOUT: &str = "connect timeout";

/// Returns the connector that clients use for TCP, with all defaults, to be wrapped with the TLS of your choice. See
/// [`Client::with_connector`](crate::Client::with_connector).
///
/// Names are looked up in threads of their own. Addresses are tried in turn, each for an equal share of what is left of
/// the connect timeout, 5 s. `TCP_NODELAY` is set, so that a request of several writes, such as an image upload, does not
/// wait for acknowledgements.
pub fn connector() -> Connector {
    Connector { timeout: DEFAULT_CONNECT_TIMEOUT, addresses: Arc::default(), lookups: Arc::default() }
}

/// Makes TCP connections, as a [`Service`] from a URL to a socket. Created by [`connector`].
///
/// Its error is [`TransportError`] of the kind `NotSent`, with the phase `Resolve` or `Connect`.
#[derive(Clone)]
pub struct Connector {
    timeout: Duration,
    /// By host: see [`key`].
    addresses: Arc<HashMap<String, Vec<SocketAddr>>>,
    lookups: Arc<Lookups>,
}

impl Connector {
    /// Sets the time in which a name is looked up and a connection is made. The default is 5 s.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Connects to these addresses for this host, in this order, instead of looking it up. Port 0 stands for the port of
    /// the URL.
    #[must_use]
    pub fn with_addresses(mut self, host: &str, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        let addresses = addresses.into_iter().collect();
        Arc::make_mut(&mut self.addresses).insert(key(host), addresses);
        self
    }

    /// Returns the connect timeout, which begins now.
    pub(crate) fn limit(&self) -> Limit {
        Limit::after(self.timeout, CONNECT_TIMEOUT)
    }

    /// Connects to the first of the host's addresses that accepts a connection. The host may be an IPv6 address in
    /// brackets.
    pub(crate) async fn connect(
        &self,
        host: &str,
        port: u16,
        limit: Limit,
    ) -> Result<TcpStream, Unconnected> {
        let addresses = self.addresses(host, port, limit).await?;
        if addresses.is_empty() {
            return Err(Unconnected::new(Phase::Resolve, "the host has no address"));
        }
        let mut failures = Vec::new();
        for (tried, address) in addresses.iter().enumerate() {
            let left = u32::try_from(addresses.len().saturating_sub(tried)).unwrap_or(u32::MAX);
            let share = limit.left().checked_div(left).unwrap_or_default();
            let attempt = Limit::after(share, CONNECT_TIMEOUT).or_earlier(limit);
            match attempt.of(TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // It fails if the server has closed the connection already, which the request will meet.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => failures.push((*address, Failure::Io(error))),
                Err(_) => failures.push((*address, Failure::Silent(share))),
            }
        }
        let over = limit.left().is_zero().then(|| limit.over());
        Err(Unconnected::new(Phase::Connect, Unreachable { failures, over }))
    }

    async fn addresses(&self, host: &str, port: u16, limit: Limit) -> Result<Vec<SocketAddr>, Unconnected> {
        if let Some(given) = self.addresses.get(&key(host)) {
            let mut given = given.clone();
            for address in given.iter_mut().filter(|address| address.port() == 0) {
                address.set_port(port);
            }
            return Ok(given);
        }
        if let Ok(ip) = without_brackets(host).parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let found = limit.of(self.lookups.lookup(host)).await;
        let found = found.map_err(|over| Unconnected::new(Phase::Resolve, over))?;
        let mut found = found.map_err(|error| Unconnected::new(Phase::Resolve, error))?;
        found.iter_mut().for_each(|address| address.set_port(port));
        Ok(found)
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let Some(host) = uri.host() else {
                return Err(Unconnected::new(Phase::Connect, "the URL has no host").into());
            };
            let stream = connector.connect(host, port(&uri), connector.limit()).await?;
            Ok(TokioIo::new(stream))
        })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// Returns the host as the key of given addresses: names have no case, and an IPv6 address may be in brackets.
fn key(host: &str) -> String {
    without_brackets(host).to_ascii_lowercase()
}

/// Returns an IPv6 address without the brackets that it has in a URL.
pub(crate) fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Returns the port of a URL: its own, or that of its scheme.
pub(crate) fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme() == Some(&Scheme::HTTP) { 80 } else { 443 })
}

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no connection. Nothing was sent.
pub(crate) struct Unconnected {
    phase: Phase,
    source: Source,
}

impl Unconnected {
    pub(crate) fn new(phase: Phase, source: impl Into<Source>) -> Self {
        Self { phase, source: source.into() }
    }

    /// Says that this is about something between the client and the host, such as `the proxy proxy.example.com:3128`.
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    pub(crate) fn at(self, place: String) -> Self {
        let Self { phase, source } = self;
        Self { phase, source: Box::new(At { place, source }) }
    }
}

impl From<Unconnected> for TransportError {
    fn from(error: Unconnected) -> Self {
        Self::new(TransportErrorKind::NotSent, error.source).during(error.phase)
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
#[derive(Debug)]
struct At {
    place: String,
    source: Source,
}

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed", self.place)
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
impl std::error::Error for At {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}

/// None of the addresses accepted a connection.
#[derive(Debug)]
struct Unreachable {
    failures: Vec<(SocketAddr, Failure)>,
    over: Option<TimedOut>,
}

#[derive(Debug)]
enum Failure {
    Io(io::Error),
    Silent(Duration),
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More addresses than this are counted only.
        const SHOWN: usize = 8;
        match &self.over {
            Some(over) => write!(f, "{over}")?,
            None => f.write_str("no connection was made")?,
        }
        for (i, (address, failure)) in self.failures.iter().take(SHOWN).enumerate() {
            f.write_str(if i == 0 { ": " } else { "; " })?;
            match failure {
                Failure::Io(error) => write!(f, "{address}: {error}")?,
                Failure::Silent(share) => write!(f, "{address} did not answer within {share:.1?}")?,
            }
        }
        match self.failures.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for Unreachable {}
