//! Provides sockets, clocks and entropy for the core's exchanges.

use std::io;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use ureq::Agent;
use ureq::config::AutoHeaderValue;
use wechatpay_core::bytes::Bytes;
use wechatpay_core::crypto::{CryptoError, SecureRandom};
use wechatpay_core::error::{TransportError, TransportErrorKind};
use wechatpay_core::http::{Request, Response};
use wechatpay_core::types::UnixSeconds;
use wechatpay_core::{ConnectionChoice, Io, Stamp};

use crate::connect::NotConnected;

/// The maximum number of idle connections. Threads beyond this number open a new connection for each request.
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
const KEPT_CONNECTIONS: usize = 128;

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub(crate) fn default_agent(
    crypto: rustls::crypto::CryptoProvider,
    connection: &crate::connection::Connection,
) -> Agent {
    use std::sync::Arc;

    use ureq::tls::{Certificate, RootCerts, TlsConfig};

    let roots = match &connection.roots {
        Some(roots) => roots.iter().map(|root| Certificate::from_der(root).to_owned()).into(),
        None => RootCerts::WebPki,
    };
    let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(Arc::new(crypto));
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .timeout_connect(Some(Duration::from_secs(5)))
        // By default ureq keeps three idle connections and closes those of further threads.
        .max_idle_connections(KEPT_CONNECTIONS)
        .max_idle_connections_per_host(KEPT_CONNECTIONS)
        // Shorter than most servers' idle timeout, so that a request rarely meets a connection that is being closed.
        .max_idle_age(Duration::from_secs(10))
        // The program decides where requests go, not its environment variables: without this, ureq reads `HTTPS_PROXY`.
        .proxy(connection.proxy.clone())
        .build();
    crate::connect::agent(config)
}

/// Upper bound of timeouts, long enough to have no effect in practice.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Performs the IO of one exchange.
pub(crate) struct Call<'a> {
    agent: &'a Agent,
    random: &'static dyn SecureRandom,
    response_cap: u64,
    began: Instant,
}

impl<'a> Call<'a> {
    pub(crate) fn new(agent: &'a Agent, random: &'static dyn SecureRandom, response_cap: u64) -> Self {
        Self { agent, random, response_cap, began: instant() }
    }
}

impl Io for Call<'_> {
    fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        _: ConnectionChoice,
    ) -> Result<Response<Bytes>, TransportError> {
        let (parts, body) = self.answer(request, timeout)?.into_parts();
        let body = read_whole(body, self.response_cap).map_err(|error| error.with_headers(&parts.headers))?;
        Ok(Response::from_parts(parts, body))
    }

    #[expect(clippy::disallowed_methods, reason = "waiting is the driver's part")]
    fn sleep(&mut self, duration: Duration) {
        thread::sleep(duration);
    }

    fn unix_seconds(&mut self) -> UnixSeconds {
        unix_seconds()
    }

    fn elapsed(&mut self) -> Duration {
        self.began.elapsed()
    }

    fn stamp(&mut self) -> Result<Stamp, CryptoError> {
        Stamp::new(unix_seconds(), self.random)
    }
}

impl Call<'_> {
    /// Sends a request and reads the status and headers of its response.
    pub(crate) fn answer(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<ureq::Body>, TransportError> {
        let (parts, body) = request.into_parts();
        // Send an empty body as no body: otherwise ureq declares a body of length 0.
        let answered = if body.is_empty() {
            self.run(Request::from_parts(parts, ()), timeout)
        } else {
            self.run(Request::from_parts(parts, body.as_ref()), timeout)
        };
        answered.map_err(transport_error)
    }

    fn run(
        &self,
        request: Request<impl ureq::AsSendBody>,
        timeout: Duration,
    ) -> Result<Response<ureq::Body>, ureq::Error> {
        let request = self
            .agent
            .configure_request(request)
            // ureq adds the timeout to the current time, which must not overflow.
            .timeout_global(Some(timeout.min(FAR)))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .accept_encoding(AutoHeaderValue::None)
            .build();
        self.agent.run(request)
    }
}

/// Refuses a body that is declared larger than the limit, before any of it is read.
pub(crate) fn check_declared(body: &ureq::Body, cap: u64) -> Result<(), TransportError> {
    match body.content_length() {
        Some(len) if len > cap => {
            let kind = TransportErrorKind::ResponseTooLarge { cap };
            Err(TransportError::new(kind, format!("it declares {len} bytes (Content-Length)")))
        }
        _ => Ok(()),
    }
}

pub(crate) fn read_whole(body: ureq::Body, cap: u64) -> Result<Bytes, TransportError> {
    check_declared(&body, cap)?;
    let body = body.into_with_config().limit(cap).read_to_vec();
    body.map(Bytes::from).map_err(|error| broken(error, cap))
}

/// Converts an error while reading the body: the platform received the request, but the response is incomplete.
pub(crate) fn broken(error: ureq::Error, cap: u64) -> TransportError {
    match error {
        ureq::Error::BodyExceedsLimit(_) => TransportErrorKind::ResponseTooLarge { cap }.into(),
        error => TransportError::new(TransportErrorKind::MaybeSent, error),
    }
}

/// Converts an error to [`NotSent`](TransportErrorKind::NotSent) only if it always occurs before the first byte of the
/// request is sent.
fn transport_error(error: ureq::Error) -> TransportError {
    use ureq::{Error, Timeout};
    let (error, connected) = NotConnected::unwrap(error);
    let not_sent = match &error {
        _ if !connected => true,
        Error::HostNotFound
        | Error::ConnectionFailed
        | Error::TlsRequired
        | Error::InvalidProxyUrl
        | Error::ConnectProxyFailed(_)
        | Error::Timeout(Timeout::Resolve | Timeout::Connect) => true,
        Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
        _ => false,
    };
    match error {
        // These errors contain the URL, which may identify a person.
        Error::BadUri(_) | Error::RequireHttpsOnly(_) => {
            TransportError::new(TransportErrorKind::NotSent, "the ureq agent rejected the URL")
        }
        error if not_sent => TransportError::new(TransportErrorKind::NotSent, error),
        error => TransportError::new(TransportErrorKind::MaybeSent, error),
    }
}

#[expect(clippy::disallowed_methods, reason = "the driver's one wall clock")]
pub(crate) fn unix_seconds() -> UnixSeconds {
    // A clock before 1970 yields 0, a time that the platform rejects.
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[expect(clippy::disallowed_methods, reason = "the driver's one monotonic clock")]
fn instant() -> Instant {
    Instant::now()
}
