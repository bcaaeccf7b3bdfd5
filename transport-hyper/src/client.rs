use std::fmt;
use std::io::{Read, Seek, Write};
use std::pin::Pin;
use std::time::Duration;

use hyper::rt;
use hyper_util::client::legacy::connect::Connection;
use tower_service::Service;
use wechatpay_core::crypto::CryptoProvider;
#[cfg(feature = "aws-lc-rs")]
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::download::{CheckedFile, FileLink, drive_file_async};
use wechatpay_core::http::{Request, Uri};
use wechatpay_core::notification::{Event, Notification, NotificationError};
use wechatpay_core::{Answer, DownloadCertificates, Error, Operation, SecurityEcho, drive_async};
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use wechatpay_core::{Settings, SettingsError};

use crate::call::{Call, Caps, unix_seconds};
use crate::dial::Dial;
use crate::receive::receive;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use crate::route::Route;
use crate::transport::Transport;

/// The default maximum size of a response body, in bytes. See [`Client::with_response_cap`].
pub const DEFAULT_RESPONSE_CAP: u64 = 1024 * 1024;
/// The default maximum size of a downloaded file, in bytes. See [`Client::with_download_limits`].
pub const DEFAULT_DOWNLOAD_CAP: u64 = 1024 * 1024 * 1024;
/// The default timeout of a download. See [`Client::with_download_limits`].
pub const DEFAULT_DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(600);
/// The default maximum number of requests in flight. See [`Client::with_concurrency`].
pub const DEFAULT_CONCURRENCY: usize = 128;

/// Sends operations and returns their responses. Cheap to clone; clones share connections and the limit on requests in
/// flight. A client can be used in several tokio runtimes, at the same time or one after another: each has its own
/// connections.
///
/// | setting | default | set with |
/// |---|---|---|
/// | attempts, timeouts, back-off, host | see [`core::Client`](wechatpay_core::Client) | its methods, before this client is created |
/// | connect timeout | 5 s, for lookup, TCP, proxy and TLS together | `with_connect_timeout` |
/// | idle connections kept | unlimited, each for at most 10 s | fixed |
/// | requests in flight | 128 | [`with_concurrency`](Self::with_concurrency) |
/// | maximum size of a response | 1 MiB | [`with_response_cap`](Self::with_response_cap) |
/// | maximum size of a downloaded file | 1 GiB | [`with_download_limits`](Self::with_download_limits) |
/// | timeout of a download | 600 s | [`with_download_limits`](Self::with_download_limits) |
/// | TLS | AWS-LC (or ring) | [`with_connector`](Self::with_connector) |
/// | root certificates | Mozilla's | `with_root_certificates`, or `WECHATPAY_CA_FILE` |
/// | proxy | none; `HTTPS_PROXY` is not read | `with_proxy`, or `WECHATPAY_PROXY` |
/// | addresses of hosts | looked up for each new connection | `with_addresses` |
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (merchant, platform): (wechatpay_hyper::core::Merchant, wechatpay_hyper::core::PlatformKeys) = todo!();
/// use wechatpay_hyper::{Client, core};
/// use wechatpay_hyper::core::cashcoupons::QueryStock;
///
/// let client = Client::new(core::Client::new(merchant, platform)?).with_response_cap(64 * 1024);
/// # async move {
/// let stock = client.send(&QueryStock::new("9856888".into(), "1900007291".into())).await?;
/// println!("{} coupons sent", stock.distributed_coupons.unwrap_or_default());
/// # Ok::<(), wechatpay_hyper::core::Error>(()) };
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) core: wechatpay_core::Client,
    pub(crate) transport: Transport,
    provider: CryptoProvider,
    pub(crate) response_cap: u64,
    pub(crate) download_cap: u64,
    pub(crate) download_timeout: Duration,
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
        Self::new(settings.client(&PROVIDER)?).configured(settings)
    }

    /// Like `from_settings`, with TLS, signing, nonces and hashes by ring.
    ///
    /// # Errors
    /// The same as `from_settings`.
    #[cfg(feature = "ring")]
    pub fn from_settings_with_ring(settings: &Settings) -> Result<Self, SettingsError> {
        Self::with_ring(settings.client(&wechatpay_core::crypto::ring::PROVIDER)?).configured(settings)
    }

    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    fn configured(mut self, settings: &Settings) -> Result<Self, SettingsError> {
        if let Some((variable, pem)) = settings.ca() {
            self = self.trusting(variable, pem)?;
        }
        Ok(match settings.proxy() {
            Some(proxy) => self.with_proxy(proxy.clone()),
            None => self,
        })
    }

    /// Creates a client with its own connection pool: TLS by AWS-LC, Mozilla's root certificates, no proxy.
    #[cfg(feature = "aws-lc-rs")]
    pub fn new(core: wechatpay_core::Client) -> Self {
        let route = Route::new(rustls::crypto::aws_lc_rs::default_provider());
        Self::dialing(core, Dial::Route(Box::new(route)), &PROVIDER)
    }

    /// Like `new`, but with TLS, nonces and hashes by ring. If the core's keys are loaded with the same provider,
    /// `wechatpay_core::crypto::ring::PROVIDER`, ring is the only crypto library in the program.
    #[cfg(feature = "ring")]
    pub fn with_ring(core: wechatpay_core::Client) -> Self {
        let route = Route::new(rustls::crypto::ring::default_provider());
        Self::dialing(core, Dial::Route(Box::new(route)), &wechatpay_core::crypto::ring::PROVIDER)
    }

    /// Creates a client with your own connector, which determines DNS, TLS and proxy. `provider` generates nonces and
    /// hashes files.
    ///
    /// The connector is any [`Service`] from a URL to a connection that hyper-util's client accepts. It must support
    /// `https`, and `http` if the base URL is plain http, and establish a connection within 5 seconds, including DNS, TCP
    /// and TLS. The connections are used for HTTP/1.1. Start with [`connector`](crate::connector()), which looks names up and
    /// connects as clients do by default, and add the TLS that you need:
    ///
    /// ```
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// use std::sync::Arc;
    ///
    /// # fn client(core: wechatpay_hyper::core::Client, roots: rustls::RootCertStore) -> Result<(), rustls::Error> {
    /// let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    /// let tls = rustls::ClientConfig::builder_with_provider(crypto)
    ///     .with_safe_default_protocol_versions()?
    ///     .with_root_certificates(roots)
    ///     .with_no_client_auth(); // or with a client certificate
    /// let connector = hyper_rustls::HttpsConnectorBuilder::new()
    ///     .with_tls_config(tls)
    ///     .https_only()
    ///     .enable_http1()
    ///     .wrap_connector(wechatpay_hyper::connector());
    /// let client = wechatpay_hyper::Client::with_connector(core, connector, &wechatpay_hyper::PROVIDER);
    /// # Ok(()) } }
    /// ```
    ///
    /// Such a client is configured by its connector. After `with_proxy`, `with_connect_timeout`, `with_root_certificates`
    /// or `with_addresses`, its requests fail with an error that says so, because these settings would have no effect.
    pub fn with_connector<C, T>(core: wechatpay_core::Client, connector: C, provider: &CryptoProvider) -> Self
    where
        C: Service<Uri, Response = T> + Clone + Send + Sync + 'static,
        C::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        C::Future: Unpin + Send,
        T: rt::Read + rt::Write + Connection + Unpin + Send + 'static,
    {
        Self::dialing(core, Dial::own(connector), provider)
    }

    fn dialing(core: wechatpay_core::Client, dial: Dial, provider: &CryptoProvider) -> Self {
        let transport = Transport::new(dial, DEFAULT_CONCURRENCY);
        Self {
            core,
            transport,
            provider: *provider,
            response_cap: DEFAULT_RESPONSE_CAP,
            download_cap: DEFAULT_DOWNLOAD_CAP,
            download_timeout: DEFAULT_DOWNLOAD_TIMEOUT,
        }
    }

    /// Returns the core client.
    pub fn core(&self) -> &wechatpay_core::Client {
        &self.core
    }

    /// Prepares for the first call, so that it costs no more than later ones: draws entropy, signs, opens a connection and,
    /// if the platform signs with certificates, fetches them. Sends a [`SecurityEcho`], which has no effect and is signed in
    /// both directions, so it also finds out whether keys, clock and network work.
    ///
    /// The connection is kept for 10 seconds if it is not used, in the runtime in which this method is called.
    ///
    /// # Errors
    /// The errors of [`send`](Self::send). The client can be used all the same.
    pub async fn warm_up(&self) -> Result<(), Error> {
        // The platform demands that an echo names one of its keys.
        if self.core.platform().preferred_serial(unix_seconds()).is_none() {
            self.send(&DownloadCertificates).await?;
        }
        self.send(&SecurityEcho::new("warm-up")).await.map(drop)
    }

    /// Sends an operation and returns its response. Retries according to the core's
    /// [`RetryPolicy`](wechatpay_core::RetryPolicy).
    ///
    /// # Errors
    /// [`Error`]; [`outcome`](Error::outcome) returns whether the operation may have taken effect.
    pub fn send<O>(
        &self,
        operation: &O,
    ) -> impl Future<Output = Result<Answer<O::Response>, Error>> + Send + use<O>
    where
        O: Operation<Response: Send>,
    {
        let (mut call, exchange) = (self.call(), self.core.exchange(operation));
        async move { drive_async(exchange?, &mut call).await }
    }

    /// Reads a callback: verifies, decrypts and decodes it. If it is signed with an unknown platform certificate, fetches
    /// the platform's certificates and reads it again.
    ///
    /// A fetch takes at most 3 seconds ([`with_callback_timeout`](wechatpay_core::Client::with_callback_timeout)), because
    /// the platform waits 5 seconds for the reply. Callbacks that arrive meanwhile wait for the same fetch. After it,
    /// callbacks cause no other one for a minute, or for 10 seconds if it failed. See
    /// [`Receiving`](wechatpay_core::notification::Receiving).
    ///
    /// The callback is read when this method is called; the future only waits for certificates. If it is dropped, a fetch
    /// that it has begun is completed by a task of the runtime, for the callbacks to come.
    ///
    /// The body must be the bytes as received, not JSON that was parsed and serialised again.
    ///
    /// # Errors
    /// [`NotificationError`], which contains the response to return to the platform. If certificates could not be fetched,
    /// it says [why](NotificationError::certificates), and its response makes the platform send the callback again.
    pub fn receive<E: Event + Send + 'static>(
        &self,
        request: &Request<impl AsRef<[u8]>>,
    ) -> Pin<Box<dyn Future<Output = Result<Notification<E>, NotificationError>> + Send>> {
        Box::pin(receive(self.call(), self.core.receive(request, unix_seconds())))
    }

    /// Like [`receive`](Self::receive), for frameworks with other header and body types.
    ///
    /// # Errors
    /// The same as [`receive`](Self::receive).
    pub fn receive_from<E: Event + Send + 'static>(
        &self,
        headers: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
        body: &[u8],
    ) -> Pin<Box<dyn Future<Output = Result<Notification<E>, NotificationError>> + Send>> {
        Box::pin(receive(self.call(), self.core.receive_from(headers, body, unix_seconds())))
    }

    /// Like [`receive`](Self::receive), but with the keys that are known: sends nothing and does not wait. See
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
    /// `sink` may be memory (`Cursor<Vec<u8>>`) or a local file opened for reading and writing. Writes to it are
    /// blocking and happen between network reads, a few kilobytes at a time, so a slow `sink` blocks its thread. The
    /// download URL is valid for 30 seconds and is used immediately. A download that fails is repeated according to the
    /// core's [`RetryPolicy`](wechatpay_core::RetryPolicy), each time with a new URL, within the timeout of a download.
    ///
    /// ```no_run
    /// use std::io::Cursor;
    /// # use wechatpay_hyper::core::cashcoupons::{FlowRows, UseFlow};
    /// # async fn flow(client: &wechatpay_hyper::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let file = client.download(&UseFlow::new("9856000".into()), Cursor::new(Vec::new())).await?;
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
    pub fn download<O, W>(
        &self,
        operation: &O,
        sink: W,
    ) -> impl Future<Output = Result<CheckedFile<W>, Error>> + Send + use<O, W>
    where
        O: Operation<Response: FileLink + Send>,
        W: Read + Write + Seek + Send,
    {
        let (client, operation) = (self.clone(), operation.clone());
        async move {
            let timeout = client.download_timeout;
            drive_file_async(&client.core, &client.provider, operation, sink, timeout, || client.call()).await
        }
    }

    fn call(&self) -> Call {
        let caps = Caps { response: self.response_cap, file: self.download_cap };
        Call::new(self.transport.clone(), self.provider.random, caps)
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
