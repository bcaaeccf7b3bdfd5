//! Sends one request and reads its response within a deadline.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use hyper_rustls::HttpsConnectorBuilder;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use hyper_rustls::builderstates::WantsSchemes;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use hyper_util::client::legacy::connect::HttpConnector;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connect, capture_connection};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use wechatpay_core::bytes::{Bytes, BytesMut};
use wechatpay_core::error::{TransportError, TransportErrorKind};
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use wechatpay_core::http::Uri;
use wechatpay_core::http::{Request, Response};

/// Timeout for establishing a connection, including DNS, TCP and TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than most servers' idle timeout, so that a request rarely meets a connection that is being closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// The size of a connection's read buffer in bytes, and so the maximum size of a response's status line and headers.
/// A runtime lets a connection read about a hundred times before it processes its timers. With the larger default of
/// hyper, an endless response could keep the only thread of a small runtime from enforcing deadlines.
const BUFFER: usize = 32 * 1024;

/// A connection pool. The type of its connector is erased.
#[derive(Clone)]
pub(crate) struct Transport {
    send: Arc<dyn Fn(Request<Full<Bytes>>) -> ResponseFuture + Send + Sync>,
    turns: Arc<Semaphore>,
}

impl Transport {
    /// Uses HTTP/1 only. Each response has its own connection, so a broken connection affects no other request.
    ///
    /// If the pool assigns a request to a closed connection, hyper-util sends it on another connection. hyper-util
    /// guarantees that nothing of the request was written before.
    pub(crate) fn new(connector: impl Connect + Clone + Send + Sync + 'static, concurrency: usize) -> Self {
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(BUFFER)
            .build(connector);
        Self { send: Arc::new(move |request| client.request(request)), turns: turns(concurrency) }
    }

    pub(crate) fn set_concurrency(&mut self, requests: usize) {
        self.turns = turns(requests);
    }

    /// Sends a request and reads the status and headers of its response. `timeout` also covers the response's body.
    pub(crate) async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Body>, TransportError> {
        let deadline = after(timeout);
        let turn = timeout_at(deadline, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(not_sent)?.map_err(not_sent)?;

        let mut request = request.map(Full::new);
        let connection = capture_connection(&mut request);
        let is_connected = || connection.connection_metadata().is_some();
        let mut answer = (self.send)(request);
        let mut result = timeout_at(deadline.min(after(CONNECT_TIMEOUT)), &mut answer).await;
        if result.is_err() && is_connected() {
            result = timeout_at(deadline, &mut answer).await;
        }
        // No byte of the request is written before the connection is established, including TLS.
        match result {
            Ok(Ok(response)) => {
                Ok(response.map(|incoming| Body { incoming, deadline, read: 0, _turn: turn }))
            }
            Ok(Err(error)) if error.is_connect() || !is_connected() => Err(not_sent(error)),
            Ok(Err(error)) => Err(broken(error)),
            Err(elapsed) if !is_connected() => Err(not_sent(elapsed)),
            Err(elapsed) => Err(broken(elapsed)),
        }
    }
}

fn turns(requests: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(requests.clamp(1, Semaphore::MAX_PERMITS)))
}

/// Returns the instant `timeout` from now. Long timeouts are shortened to a year, which has no effect in practice.
fn after(timeout: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let now = Instant::now();
    // A clock is never within a year of its maximum. If it were, the timeout would expire immediately.
    now.checked_add(timeout.min(FAR)).unwrap_or(now)
}

/// The body of a response. It keeps the request's deadline and its concurrency permit.
pub(crate) struct Body {
    incoming: Incoming,
    deadline: Instant,
    read: u64,
    _turn: OwnedSemaphorePermit,
}

impl Body {
    /// Returns the next piece, or `None` at the end. All pieces together may have at most `cap` bytes. If they are
    /// declared to have more, none is read.
    pub(crate) async fn piece(&mut self, cap: u64) -> Result<Option<Bytes>, TransportError> {
        if self.read == 0 && self.incoming.size_hint().lower() > cap {
            let len = self.incoming.size_hint().lower();
            let kind = TransportErrorKind::ResponseTooLarge { cap };
            return Err(TransportError::new(kind, format!("it declares {len} bytes (Content-Length)")));
        }
        loop {
            let frame = timeout_at(self.deadline, self.incoming.frame()).await.map_err(broken)?;
            let Some(frame) = frame else { return Ok(None) };
            // Trailers are ignored: they contain nothing that is needed.
            let Ok(piece) = frame.map_err(broken)?.into_data() else { continue };
            self.read = self.read.saturating_add(piece.len() as u64);
            if self.read > cap {
                return Err(TransportErrorKind::ResponseTooLarge { cap }.into());
            }
            return Ok(Some(piece));
        }
    }

    pub(crate) async fn whole(mut self, cap: u64) -> Result<Bytes, TransportError> {
        let mut whole = BytesMut::new();
        while let Some(piece) = self.piece(cap).await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }
}

fn not_sent(error: impl std::error::Error + Send + Sync + 'static) -> TransportError {
    TransportError::new(TransportErrorKind::NotSent, error)
}

/// Converts an error after connecting: the platform may have received the request, but the response is incomplete.
fn broken(error: impl std::error::Error + Send + Sync + 'static) -> TransportError {
    TransportError::new(TransportErrorKind::MaybeSent, error)
}

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub(crate) fn default_transport(
    crypto: rustls::crypto::CryptoProvider,
    connection: crate::connection::Connection,
    concurrency: usize,
) -> Transport {
    let mut tcp = HttpConnector::new();
    // The layers above pass `https` URLs to this connector.
    tcp.enforce_http(false);
    // A request of several writes, such as an image upload, must not wait for acknowledgements.
    tcp.set_nodelay(true);
    let tls = tls(crypto, connection.roots).https_or_http().enable_http1();
    let Some(proxy) = connection.proxy else {
        return Transport::new(tls.wrap_connector(tcp), concurrency);
    };
    let mut tunnel = Tunnel::new(proxy.uri(), tcp);
    if let Some(authorization) = proxy.authorization() {
        tunnel = tunnel.with_auth(authorization);
    }
    let mut transport = Transport::new(tls.wrap_connector(tunnel), concurrency);
    let send = transport.send;
    transport.send = Arc::new(move |mut request| {
        with_port_of_http(request.uri_mut());
        send(request)
    });
    transport
}

/// Adds the port to a URL of plain http that has none: a tunnel takes 443 for it.
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
fn with_port_of_http(uri: &mut Uri) {
    let Some(host) = uri.host().filter(|_| uri.scheme_str() == Some("http") && uri.port().is_none()) else {
        return;
    };
    let authority = format!("{host}:80").parse().ok();
    let mut parts = std::mem::take(uri).into_parts();
    parts.authority = authority.or(parts.authority);
    // The parts are those of a URL, so they form one.
    *uri = Uri::from_parts(parts).unwrap_or_default();
}

/// TLS with these root certificates, or Mozilla's.
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
#[expect(clippy::expect_used, reason = "depends on no input; every test of this crate passes here")]
fn tls(
    crypto: rustls::crypto::CryptoProvider,
    roots: Option<rustls::RootCertStore>,
) -> HttpsConnectorBuilder<WantsSchemes> {
    const SUITES: &str = "AWS-LC and ring have the cipher suites of TLS 1.2 and 1.3";
    let builder = HttpsConnectorBuilder::new();
    match roots {
        None => builder.with_provider_and_webpki_roots(crypto).expect(SUITES),
        Some(roots) => builder.with_tls_config(
            rustls::ClientConfig::builder_with_provider(Arc::new(crypto))
                .with_safe_default_protocol_versions()
                .expect(SUITES)
                .with_root_certificates(roots)
                .with_no_client_auth(),
        ),
    }
}
