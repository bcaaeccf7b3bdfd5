//! The blocking driver of [`wechatpay_core`], on [`ureq`] 3: for scripts, command-line tools and threads.
//!
//! It owns sockets, TLS, timeouts, the size of answers, the clock and the entropy, and decides nothing: retries,
//! signatures and errors are the core's, and the same in every driver.
//!
//! ```no_run
//! use wechatpay_core::cashcoupons::SendCoupon;
//! use wechatpay_core::{Client, Merchant, PlatformKeys};
//! use wechatpay_ureq::PROVIDER;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let merchant = Merchant::from_pem(
//!     &PROVIDER,
//!     "1900007291".into(),
//!     "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
//!     std::fs::read("apiclient_key.pem")?,
//! )?;
//! let platform = PlatformKeys::new();
//! platform.add_public_key(
//!     &PROVIDER,
//!     "PUB_KEY_ID_0000000000000024101100397200000006",
//!     std::fs::read("pub_key.pem")?,
//! )?;
//! let client = wechatpay_ureq::Client::new(Client::new(merchant, platform)?);
//!
//! let sent = client.send(&SendCoupon::new(
//!     "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
//!     "9865000".into(),
//!     "19000072912026112300001".into(),
//!     "wxd678efh567hg6787".into(),
//!     "1900007291".into(),
//! ));
//! match sent {
//!     Ok(answer) => println!("coupon {} went out", answer.coupon_id),
//!     Err(error) => println!("{}", error.outcome()),
//! }
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use std::fmt;
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
use wechatpay_core::{Answer, Error, Io, Operation, Stamp, drive};

#[cfg(feature = "aws-lc-rs")]
pub use wechatpay_core::crypto::aws_lc_rs::PROVIDER;

/// Larger answers are not read to their end, unless [`Client::with_response_cap`] says otherwise.
pub const DEFAULT_RESPONSE_CAP: u64 = 1024 * 1024;

/// Sends operations and waits for their answers. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    core: wechatpay_core::Client,
    agent: Agent,
    random: &'static dyn SecureRandom,
    response_cap: u64,
}

impl Client {
    /// A client with an agent of its own: TLS by AWS-LC, the root certificates of Mozilla, 5 seconds to connect.
    #[cfg(feature = "aws-lc-rs")]
    pub fn new(core: wechatpay_core::Client) -> Self {
        Self::with_agent(core, default_agent(), PROVIDER.random)
    }

    /// A client with your own agent, for its TLS, proxy, pool and connect timeout, and your own entropy.
    ///
    /// Redirects, status errors and content encodings are switched off for every request all the same: they would
    /// break signatures or lose answers.
    pub fn with_agent(core: wechatpay_core::Client, agent: Agent, random: &'static dyn SecureRandom) -> Self {
        Self { core, agent, random, response_cap: DEFAULT_RESPONSE_CAP }
    }

    /// Reads answers of at most so many bytes.
    #[must_use]
    pub fn with_response_cap(mut self, bytes: u64) -> Self {
        self.response_cap = bytes;
        self
    }

    /// The core client within.
    pub fn core(&self) -> &wechatpay_core::Client {
        &self.core
    }

    /// Sends an operation and waits for its answer, repeating it by the core's
    /// [`RetryPolicy`](wechatpay_core::RetryPolicy).
    ///
    /// # Errors
    /// [`Error`]; [`outcome`](Error::outcome) says what became of the operation.
    pub fn send<O: Operation>(&self, operation: &O) -> Result<Answer<O::Response>, Error> {
        let exchange = self.core.exchange(operation)?;
        drive(exchange, &mut Call { client: self, began: instant() })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("core", &self.core)
            .field("response_cap", &self.response_cap)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "aws-lc-rs")]
fn default_agent() -> Agent {
    use std::sync::Arc;

    use ureq::tls::{RootCerts, TlsConfig};

    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder().root_certs(RootCerts::WebPki).unversioned_rustls_crypto_provider(crypto);
    Agent::config_builder()
        .tls_config(tls.build())
        .timeout_connect(Some(Duration::from_secs(5)))
        // Below what servers usually keep, so that a request seldom meets a connection that is being closed.
        .max_idle_age(Duration::from_secs(10))
        .build()
        .into()
}

/// The IO of one exchange.
struct Call<'a> {
    client: &'a Client,
    began: Instant,
}

impl Io for Call<'_> {
    fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let (parts, body) = request.into_parts();
        // An empty body is no body: ureq would announce one of length 0 otherwise.
        let answered = if body.is_empty() {
            self.run(Request::from_parts(parts, ()), timeout)
        } else {
            self.run(Request::from_parts(parts, body.as_ref()), timeout)
        };
        let (parts, body) = answered.map_err(transport_error)?.into_parts();
        let cap = self.client.response_cap;
        let body = body.into_with_config().limit(cap).read_to_vec();
        let body = body.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => TransportErrorKind::ResponseTooLarge { cap }.into(),
            // The request did arrive; the answer is incomplete.
            error => TransportError::new(TransportErrorKind::MaybeSent, error),
        })?;
        Ok(Response::from_parts(parts, body.into()))
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
        Stamp::new(unix_seconds(), self.client.random)
    }
}

impl Call<'_> {
    fn run(
        &self,
        request: Request<impl ureq::AsSendBody>,
        timeout: Duration,
    ) -> Result<Response<ureq::Body>, ureq::Error> {
        let request = self
            .client
            .agent
            .configure_request(request)
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .accept_encoding(AutoHeaderValue::None)
            .build();
        self.client.agent.run(request)
    }
}

/// Only what certainly happens before the first byte of a request proves that it was not sent.
fn transport_error(error: ureq::Error) -> TransportError {
    use ureq::{Error, Timeout};
    let kind = match &error {
        Error::HostNotFound
        | Error::ConnectionFailed
        | Error::TlsRequired
        | Error::InvalidProxyUrl
        | Error::ConnectProxyFailed(_)
        | Error::Timeout(Timeout::Resolve | Timeout::Connect) => TransportErrorKind::NotSent,
        Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => TransportErrorKind::NotSent,
        _ => TransportErrorKind::MaybeSent,
    };
    match error {
        // These show the URL, which may identify a person.
        Error::BadUri(_) | Error::RequireHttpsOnly(_) => {
            TransportError::new(TransportErrorKind::NotSent, "the agent refused the URL")
        }
        error => TransportError::new(kind, error),
    }
}

#[expect(clippy::disallowed_methods, reason = "the driver's one wall clock")]
fn unix_seconds() -> UnixSeconds {
    // A clock before 1970 gives 0; the platform will refuse that time.
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[expect(clippy::disallowed_methods, reason = "the driver's one monotonic clock")]
fn instant() -> Instant {
    Instant::now()
}
