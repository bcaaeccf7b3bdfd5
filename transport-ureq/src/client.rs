use std::fmt;
use std::io::{Read, Seek, Write};
use std::time::Duration;

use ureq::Agent;
use wechatpay_core::crypto::CryptoProvider;
#[cfg(feature = "aws-lc-rs")]
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::download::{CheckedFile, FileLink};
use wechatpay_core::error::DownloadError;
use wechatpay_core::http::{Request, Response, StatusCode};
use wechatpay_core::notification::{Event, Notification, NotificationError};
use wechatpay_core::{Answer, Error, Io as _, Operation, Paged, Pages, drive};
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use wechatpay_core::{Settings, SettingsError};

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use crate::connection::Connection;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use crate::transport::default_agent;
use crate::transport::{Call, broken, check_declared, read_whole, unix_seconds};

/// The default maximum size of a response body, in bytes. See [`Client::with_response_cap`].
pub const DEFAULT_RESPONSE_CAP: u64 = 1024 * 1024;
/// The default maximum size of a downloaded file, in bytes. See [`Client::with_download_limits`].
pub const DEFAULT_DOWNLOAD_CAP: u64 = 1024 * 1024 * 1024;
/// The default timeout of a download. See [`Client::with_download_limits`].
pub const DEFAULT_DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(600);

/// Sends operations and returns their responses. Cheap to clone; clones share connections.
///
/// | setting | default | set with |
/// |---|---|---|
/// | attempts, timeouts, back-off, host | see [`core::Client`](wechatpay_core::Client) | its methods, before this client is created |
/// | connect timeout | 5 s | [`with_agent`](Self::with_agent) |
/// | idle connections kept | 128, for at most 10 s | [`with_agent`](Self::with_agent) |
/// | maximum size of a response | 1 MiB | [`with_response_cap`](Self::with_response_cap) |
/// | maximum size of a downloaded file | 1 GiB | [`with_download_limits`](Self::with_download_limits) |
/// | timeout of a download | 600 s | [`with_download_limits`](Self::with_download_limits) |
/// | TLS | AWS-LC (or ring), Mozilla's root certificates | `WECHATPAY_CA_FILE`, or [`with_agent`](Self::with_agent) |
/// | proxy | none; `HTTPS_PROXY` is not read | `WECHATPAY_PROXY`, or [`with_agent`](Self::with_agent) |
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (merchant, platform): (wechatpay_ureq::core::Merchant, wechatpay_ureq::core::PlatformKeys) = todo!();
/// use wechatpay_ureq::{Client, core};
/// use wechatpay_ureq::core::cashcoupons::QueryStock;
///
/// let client = Client::new(core::Client::new(merchant, platform)?).with_response_cap(64 * 1024);
/// let stock = client.send(&QueryStock::new("9856888".into(), "1900007291".into()))?;
/// println!("{} coupons sent", stock.distributed_coupons.unwrap_or_default());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    core: wechatpay_core::Client,
    agent: Agent,
    provider: CryptoProvider,
    response_cap: u64,
    download_cap: u64,
    download_timeout: Duration,
}

impl Client {
    /// Creates a client from the environment variables `WECHATPAY_*` and the files that they name; see
    /// [`settings`](wechatpay_core::settings). Change retries and other settings of the core with
    /// [`map_core`](Self::map_core).
    ///
    /// # Errors
    /// [`SettingsError`] with every variable that is missing or cannot be used. It shows no value but the path of a file
    /// that cannot be used.
    #[cfg(feature = "aws-lc-rs")]
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_settings(&crate::env::settings_from_env()?)
    }

    /// Like `from_env`, with TLS, signing, nonces and hashes by ring.
    ///
    /// # Errors
    /// The same as `from_env`.
    #[cfg(feature = "ring")]
    pub fn from_env_with_ring() -> Result<Self, SettingsError> {
        Self::from_settings_with_ring(&crate::env::settings_from_env()?)
    }

    /// Creates a client from settings of any source, including their root certificates and proxy.
    ///
    /// # Errors
    /// [`SettingsError`] when a key, a certificate or a root certificate cannot be used.
    #[cfg(feature = "aws-lc-rs")]
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingsError> {
        let tls = rustls::crypto::aws_lc_rs::default_provider();
        Self::configured(settings, tls, &PROVIDER)
    }

    /// Like `from_settings`, with TLS, signing, nonces and hashes by ring.
    ///
    /// # Errors
    /// The same as `from_settings`.
    #[cfg(feature = "ring")]
    pub fn from_settings_with_ring(settings: &Settings) -> Result<Self, SettingsError> {
        let tls = rustls::crypto::ring::default_provider();
        Self::configured(settings, tls, &wechatpay_core::crypto::ring::PROVIDER)
    }

    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    fn configured(
        settings: &Settings,
        tls: rustls::crypto::CryptoProvider,
        provider: &CryptoProvider,
    ) -> Result<Self, SettingsError> {
        let connection = Connection::from_settings(settings)?;
        let core = settings.client(provider)?;
        Ok(Self::with_agent(core, default_agent(tls, &connection), provider))
    }

    /// Creates a client with its own agent: TLS by AWS-LC, Mozilla's root certificates, a connect timeout of 5 seconds,
    /// no proxy.
    #[cfg(feature = "aws-lc-rs")]
    pub fn new(core: wechatpay_core::Client) -> Self {
        let tls = rustls::crypto::aws_lc_rs::default_provider();
        Self::with_agent(core, default_agent(tls, &Connection::default()), &PROVIDER)
    }

    /// Like `new`, but with TLS, nonces and hashes by ring. If the core's keys are loaded with the same provider,
    /// `wechatpay_core::crypto::ring::PROVIDER`, ring is the only crypto library in the program.
    #[cfg(feature = "ring")]
    pub fn with_ring(core: wechatpay_core::Client) -> Self {
        let tls = rustls::crypto::ring::default_provider();
        Self::with_agent(
            core,
            default_agent(tls, &Connection::default()),
            &wechatpay_core::crypto::ring::PROVIDER,
        )
    }

    /// Creates a client with your own agent, which determines TLS, proxy, pool and connect timeout. `provider`
    /// generates nonces and hashes files. Prefer an agent created with [`agent`](crate::agent).
    ///
    /// Redirects, status errors and content encodings are disabled for every request, whatever the agent's
    /// configuration: they would break signatures or lose responses. To trust your own CA:
    ///
    /// ```
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// use std::sync::Arc;
    ///
    /// use ureq::tls::{Certificate, TlsConfig};
    ///
    /// # fn client(core: wechatpay_ureq::core::Client, pem: &[u8]) -> Result<(), ureq::Error> {
    /// let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    /// let tls = TlsConfig::builder()
    ///     .root_certs([Certificate::from_pem(pem)?].into())
    ///     .unversioned_rustls_crypto_provider(crypto);
    /// let config = ureq::Agent::config_builder().tls_config(tls.build()).build();
    /// let agent = wechatpay_ureq::agent(config);
    /// let client = wechatpay_ureq::Client::with_agent(core, agent, &wechatpay_ureq::PROVIDER);
    /// # Ok(()) } }
    /// ```
    pub fn with_agent(core: wechatpay_core::Client, agent: Agent, provider: &CryptoProvider) -> Self {
        Self {
            core,
            agent,
            provider: *provider,
            response_cap: DEFAULT_RESPONSE_CAP,
            download_cap: DEFAULT_DOWNLOAD_CAP,
            download_timeout: DEFAULT_DOWNLOAD_TIMEOUT,
        }
    }

    /// Sets the maximum size of a response body, in bytes. Larger responses are not read to the end, and not at all if
    /// they declare their size.
    #[must_use]
    pub fn with_response_cap(mut self, bytes: u64) -> Self {
        self.response_cap = bytes;
        self
    }

    /// Sets the maximum size of a downloaded file, in bytes, and the timeout of a download. Larger files are not
    /// downloaded to the end, and not at all if the response declares their size.
    #[must_use]
    pub fn with_download_limits(mut self, bytes: u64, timeout: Duration) -> Self {
        (self.download_cap, self.download_timeout) = (bytes, timeout);
        self
    }

    /// Replaces the core client, for example to set its retry policy:
    ///
    /// ```no_run
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// use wechatpay_ureq::Client;
    /// use wechatpay_ureq::core::RetryPolicy;
    ///
    /// let client = Client::from_env()?.map_core(|core| core.with_retry(RetryPolicy::never()));
    /// # }
    /// # Ok::<(), wechatpay_ureq::core::SettingsError>(())
    /// ```
    #[must_use]
    pub fn map_core(mut self, change: impl FnOnce(wechatpay_core::Client) -> wechatpay_core::Client) -> Self {
        self.core = change(self.core);
        self
    }

    /// Returns the core client.
    pub fn core(&self) -> &wechatpay_core::Client {
        &self.core
    }

    /// Sends an operation and returns its response. Retries according to the core's
    /// [`RetryPolicy`](wechatpay_core::RetryPolicy).
    ///
    /// # Errors
    /// [`Error`]; [`outcome`](Error::outcome) returns whether the operation may have taken effect.
    pub fn send<O: Operation>(&self, operation: &O) -> Result<Answer<O::Response>, Error> {
        let exchange = self.core.exchange(operation)?;
        drive(exchange, &mut self.call())
    }

    /// Returns the entries of a list as an iterator. Pages are requested when needed. The iterator ends after an error.
    /// After the last entry, a list that contradicts its own count gives [`Error::List`].
    ///
    /// ```no_run
    /// # use wechatpay_ureq::core::cashcoupons::ListStocks;
    /// # fn list(client: &wechatpay_ureq::Client) -> Result<(), wechatpay_ureq::core::Error> {
    /// for stock in client.list(ListStocks::new("1900007291".into())) {
    ///     println!("{}", stock?.stock_name);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list<O: Paged>(&self, first: O) -> impl Iterator<Item = Result<O::Item, Error>> + use<'_, O> {
        Pages::new(first).items(|operation| self.send(operation))
    }

    /// Reads a callback: verifies, decrypts and decodes it. If it is signed with an unknown platform certificate, fetches
    /// the platform's certificates and reads it again.
    ///
    /// A fetch takes at most 3 seconds ([`with_callback_timeout`](wechatpay_core::Client::with_callback_timeout)), because
    /// the platform waits 5 seconds for the reply. Callbacks that arrive meanwhile wait for the same fetch. After it,
    /// callbacks cause no other one for a minute, or for 10 seconds if it failed. See
    /// [`Receiving`](wechatpay_core::notification::Receiving).
    ///
    /// The body must be the bytes as received, not JSON that was parsed and serialised again.
    ///
    /// # Errors
    /// [`NotificationError`], which contains the response to return to the platform. If certificates could not be fetched,
    /// it says [why](NotificationError::certificates), and its response makes the platform send the callback again.
    pub fn receive<E: Event>(
        &self,
        request: &Request<impl AsRef<[u8]>>,
    ) -> Result<Notification<E>, NotificationError> {
        let mut call = self.call();
        drive(self.core.receive(request, call.unix_seconds()), &mut call)
    }

    /// Like [`receive`](Self::receive), for frameworks with other header and body types.
    ///
    /// # Errors
    /// The same as [`receive`](Self::receive).
    pub fn receive_from<E: Event>(
        &self,
        headers: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
        body: &[u8],
    ) -> Result<Notification<E>, NotificationError> {
        let mut call = self.call();
        drive(self.core.receive_from(headers, body, call.unix_seconds()), &mut call)
    }

    /// Like [`receive`](Self::receive), but with the keys that are known: sends nothing. See
    /// [`Client::notification`](wechatpay_core::Client::notification).
    ///
    /// # Errors
    /// [`NotificationError`], which contains the response to return to the platform.
    pub fn notification<E: Event>(
        &self,
        request: &Request<impl AsRef<[u8]>>,
    ) -> Result<Notification<E>, NotificationError> {
        self.core.notification(request, unix_seconds())
    }

    /// Like [`notification`](Self::notification), for frameworks with other header and body types.
    ///
    /// # Errors
    /// The same as [`notification`](Self::notification).
    pub fn notification_from<E: Event>(
        &self,
        headers: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
        body: &[u8],
    ) -> Result<Notification<E>, NotificationError> {
        self.core.notification_from(headers, body, unix_seconds())
    }

    /// Requests a file with `operation`, downloads it into `sink` and verifies its hash. Returns the file only if the
    /// hash is correct. [`CheckedFile::is_verified`] returns whether the response with the hash was signed.
    ///
    /// `sink` may be memory (`Cursor<Vec<u8>>`) or a file opened for reading and writing. The download URL is valid for
    /// 30 seconds and is used immediately. A failed download is not retried; call this method again to get a new URL.
    ///
    /// ```no_run
    /// use std::io::Cursor;
    /// # use wechatpay_ureq::core::cashcoupons::{FlowRows, UseFlow};
    /// # fn flow(client: &wechatpay_ureq::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let file = client.download(&UseFlow::new("9856000".into()), Cursor::new(Vec::new()))?;
    /// for row in FlowRows::from(file) {
    ///     let row = row?;
    ///     println!("{:?} {:?}", row.coupon_id, row.discount_amount);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Download`] when the file does not match the response, or when its URL is not one of the platform's;
    /// otherwise the errors of [`send`](Self::send).
    pub fn download<O, W>(&self, operation: &O, sink: W) -> Result<CheckedFile<W>, Error>
    where
        O: Operation<Response: FileLink>,
        W: Read + Write + Seek,
    {
        let link = self.send(operation)?;
        let download = self.core.download(&self.provider, &link)?;
        let mut call = self.call();
        let stamp = call.stamp().map_err(DownloadError::Crypto)?;
        let request = download.request(stamp)?;
        let uri = request.uri().clone();
        let answer = call.answer(request, self.download_timeout).map_err(|error| error.tried(&uri))?;
        let (parts, body) = answer.into_parts();
        if parts.status != StatusCode::OK {
            let body = read_whole(body, self.response_cap);
            let body = body.map_err(|error| error.tried(&uri).with_headers(&parts.headers))?;
            return Err(download.refused(&Response::from_parts(parts, body), unix_seconds()));
        }
        let cap = self.download_cap;
        check_declared(&body, cap).map_err(|error| error.tried(&uri))?;
        let mut spool = download.spool(sink).map_err(DownloadError::from)?.with_headers(&parts.headers);
        let mut body = body.into_with_config().limit(cap).reader();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match body
                .read(&mut buffer)
                .map_err(|error| broken(error.into(), cap).tried(&uri).with_headers(&parts.headers))?
            {
                0 => return Ok(spool.finish()?),
                len => spool.write_all(buffer.get(..len).unwrap_or_default()).map_err(DownloadError::from)?,
            }
        }
    }

    fn call(&self) -> Call<'_> {
        Call::new(&self.agent, self.provider.random, self.response_cap)
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
