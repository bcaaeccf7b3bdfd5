use std::fmt;
use std::io::{Read, Seek, Write};
use std::time::Duration;

use ureq::Agent;
use wechatpay_core::crypto::CryptoProvider;
#[cfg(feature = "aws-lc-rs")]
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::download::{CheckedFile, FileLink, drive_file};
use wechatpay_core::http::Request;
use wechatpay_core::notification::{Event, Notification, NotificationError};
use wechatpay_core::{
    Answer, DownloadCertificates, Error, Io as _, Operation, Paged, Pages, SecurityEcho, drive,
};
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use wechatpay_core::{Settings, SettingsError};

use crate::agent::ClientAgent;
use crate::call::{Call, Caps};
use crate::clock::unix_seconds;
use crate::defaults::DEFAULT_CONCURRENCY;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use crate::recipe::Recipe;
use crate::turns::Turns;

/// The default maximum size of a response body, in bytes. See [`Client::with_response_cap`].
pub const DEFAULT_RESPONSE_CAP: u64 = 1024 * 1024;
/// The default maximum size of a downloaded file, in bytes. See [`Client::with_download_limits`].
pub const DEFAULT_DOWNLOAD_CAP: u64 = 1024 * 1024 * 1024;
/// The default timeout of a download. See [`Client::with_download_limits`].
pub const DEFAULT_DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(600);

/// Sends operations and returns their responses. Cheap to clone; clones share connections and turns.
///
/// | setting | default | set with |
/// |---|---|---|
/// | attempts, timeouts, back-off, host | see [`core::Client`](wechatpay_core::Client) | its methods, before this client is created |
/// | connect timeout | 5 s, for lookup, TCP, proxy and TLS together | `with_connect_timeout` |
/// | idle connections kept | 128, for at most 10 s | [`with_concurrency`](Self::with_concurrency), if it is higher |
/// | requests in flight | 128 | [`with_concurrency`](Self::with_concurrency) |
/// | maximum size of a response | 1 MiB | [`with_response_cap`](Self::with_response_cap) |
/// | maximum size of a downloaded file | 1 GiB | [`with_download_limits`](Self::with_download_limits) |
/// | timeout of a download | 600 s | [`with_download_limits`](Self::with_download_limits) |
/// | TLS | AWS-LC (or ring) | [`with_agent`](Self::with_agent) |
/// | root certificates | Mozilla's | `with_root_certificates`, or `WECHATPAY_CA_FILE` |
/// | proxy | none; `HTTPS_PROXY` is not read | `with_proxy`, or `WECHATPAY_PROXY` |
/// | addresses of hosts | looked up for each new connection | `with_addresses` |
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
    pub(crate) core: wechatpay_core::Client,
    pub(crate) agent: ClientAgent,
    pub(crate) turns: Turns,
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
        let recipe = Recipe::from_settings(tls, settings)?;
        let core = settings.client(provider)?;
        Ok(Self::of(core, ClientAgent::of_recipe(recipe), provider))
    }

    /// Creates a client with its own connections: TLS by AWS-LC, Mozilla's root certificates, a connect timeout of 5
    /// seconds, no proxy.
    #[cfg(feature = "aws-lc-rs")]
    pub fn new(core: wechatpay_core::Client) -> Self {
        let tls = rustls::crypto::aws_lc_rs::default_provider();
        Self::of(core, ClientAgent::of_recipe(Recipe::new(tls)), &PROVIDER)
    }

    /// Like `new`, but with TLS, nonces and hashes by ring. If the core's keys are loaded with the same provider,
    /// `wechatpay_core::crypto::ring::PROVIDER`, ring is the only crypto library in the program.
    #[cfg(feature = "ring")]
    pub fn with_ring(core: wechatpay_core::Client) -> Self {
        let tls = rustls::crypto::ring::default_provider();
        let agent = ClientAgent::of_recipe(Recipe::new(tls));
        Self::of(core, agent, &wechatpay_core::crypto::ring::PROVIDER)
    }

    /// Creates a client with your own agent, which determines TLS, proxy, pool and connect timeout. `provider`
    /// generates nonces and hashes files. Create the agent with [`agent`](crate::agent), from a configuration that begins
    /// with [`agent_config`](crate::agent_config) and so keeps the defaults of this crate.
    ///
    /// Redirects, status errors and content encodings are disabled for every request, whatever the agent's
    /// configuration: they would break signatures or lose responses. The setters `with_proxy`, `with_connect_timeout`,
    /// `with_root_certificates` and `with_addresses` do not apply to such a client: after one of them, every request
    /// fails before it is sent. For a client certificate, which a gateway of your own may want:
    ///
    /// ```
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// use std::sync::Arc;
    ///
    /// use ureq::tls::{ClientCert, TlsConfig};
    ///
    /// # fn client(core: wechatpay_ureq::core::Client, certificate: ClientCert) {
    /// let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    /// let tls = TlsConfig::builder()
    ///     .client_cert(Some(certificate))
    ///     .unversioned_rustls_crypto_provider(crypto);
    /// let config = wechatpay_ureq::agent_config().tls_config(tls.build());
    /// let agent = wechatpay_ureq::agent(config.build());
    /// let client = wechatpay_ureq::Client::with_agent(core, agent, &wechatpay_ureq::PROVIDER);
    /// # } }
    /// ```
    pub fn with_agent(core: wechatpay_core::Client, agent: Agent, provider: &CryptoProvider) -> Self {
        Self::of(core, ClientAgent::of_caller(agent), provider)
    }

    fn of(core: wechatpay_core::Client, agent: ClientAgent, provider: &CryptoProvider) -> Self {
        Self {
            core,
            agent,
            turns: Turns::new(DEFAULT_CONCURRENCY),
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

    /// Sends an operation and returns its response. Retries according to the core's
    /// [`RetryPolicy`](wechatpay_core::RetryPolicy).
    ///
    /// # Errors
    /// [`Error`]; [`outcome`](Error::outcome) returns whether the operation may have taken effect.
    pub fn send<O: Operation>(&self, operation: &O) -> Result<Answer<O::Response>, Error> {
        let exchange = self.core.exchange(operation)?;
        drive(exchange, &mut self.call())
    }

    /// Prepares for the first call, so that it costs no more than later ones: draws entropy, signs, opens a connection and,
    /// if the platform signs with certificates, fetches them. Sends a [`SecurityEcho`], which has no effect and is signed in
    /// both directions, so it also finds out whether keys, clock and network work.
    ///
    /// The connection is kept for 10 seconds if it is not used.
    ///
    /// # Errors
    /// The errors of [`send`](Self::send). The client can be used all the same.
    pub fn warm_up(&self) -> Result<(), Error> {
        // The platform demands that an echo names one of its keys.
        if self.core.platform().preferred_serial(unix_seconds()).is_none() {
            self.send(&DownloadCertificates)?;
        }
        self.send(&SecurityEcho::new("warm-up")).map(drop)
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
    /// 30 seconds and is used immediately. A download that fails is repeated according to the core's
    /// [`RetryPolicy`](wechatpay_core::RetryPolicy), each time with a new URL, within the timeout of a download.
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
        let io = || self.call();
        drive_file(&self.core, &self.provider, operation.clone(), sink, self.download_timeout, io)
    }

    fn call(&self) -> Call<'_> {
        let caps = Caps { response: self.response_cap, file: self.download_cap };
        Call::new(&self.agent, &self.turns, self.provider.random, caps)
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
