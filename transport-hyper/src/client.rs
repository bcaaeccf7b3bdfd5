use std::fmt;
use std::io::{Read, Seek, Write};
use std::time::{Duration, SystemTime};

use hyper_util::client::legacy::connect::Connect;
use tokio::time::Instant;
use wechatpay_core::bytes::Bytes;
#[cfg(feature = "aws-lc-rs")]
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{CryptoError, CryptoProvider};
use wechatpay_core::download::{CheckedFile, FileLink};
use wechatpay_core::error::{DownloadError, TransportError};
use wechatpay_core::http::{Request, Response, StatusCode};
use wechatpay_core::notification::{Event, Notification, NotificationError};
use wechatpay_core::types::UnixSeconds;
use wechatpay_core::{Answer, AsyncIo, Error, Operation, Stamp, drive_async};

use crate::transport::Transport;

/// Larger answers are not read to their end, unless [`Client::with_response_cap`] says otherwise.
pub const DEFAULT_RESPONSE_CAP: u64 = 1024 * 1024;
/// Larger files are not downloaded to their end, unless [`Client::with_download_limits`] says otherwise.
pub const DEFAULT_DOWNLOAD_CAP: u64 = 1024 * 1024 * 1024;
/// How long a download may take, unless [`Client::with_download_limits`] says otherwise.
pub const DEFAULT_DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(600);
/// So many requests are under way at once, unless [`Client::with_concurrency`] says otherwise.
pub const DEFAULT_CONCURRENCY: usize = 128;

/// Sends operations and waits for their answers. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    core: wechatpay_core::Client,
    transport: Transport,
    provider: CryptoProvider,
    response_cap: u64,
    download_cap: u64,
    download_timeout: Duration,
}

impl Client {
    /// A client with connections of its own: TLS by AWS-LC, the root certificates of Mozilla, no proxy.
    #[cfg(feature = "aws-lc-rs")]
    pub fn new(core: wechatpay_core::Client) -> Self {
        let tls = rustls::crypto::aws_lc_rs::default_provider();
        Self::with_connector(core, crate::transport::default_connector(tls), &PROVIDER)
    }

    /// The same with TLS, nonces and hashes by ring. Give the core keys of the same provider,
    /// `wechatpay_core::crypto::ring::PROVIDER`, and it is the only crypto library in the program.
    #[cfg(feature = "ring")]
    pub fn with_ring(core: wechatpay_core::Client) -> Self {
        let tls = rustls::crypto::ring::default_provider();
        Self::with_connector(
            core,
            crate::transport::default_connector(tls),
            &wechatpay_core::crypto::ring::PROVIDER,
        )
    }

    /// A client with your own connector, for its DNS, TLS and proxy, and a provider for nonces and the hashes of
    /// files.
    ///
    /// A connector has 5 seconds for a connection, all of it included. It must take `https`, and `http` if the base
    /// URL is on loopback. To trust a CA of your own:
    ///
    /// ```
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// use std::sync::Arc;
    ///
    /// # fn client(core: wechatpay_core::Client, roots: rustls::RootCertStore) -> Result<(), rustls::Error> {
    /// let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    /// let tls = rustls::ClientConfig::builder_with_provider(crypto)
    ///     .with_safe_default_protocol_versions()?
    ///     .with_root_certificates(roots)
    ///     .with_no_client_auth();
    /// let connector =
    ///     hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().build();
    /// let client = wechatpay_hyper::Client::with_connector(core, connector, &wechatpay_hyper::PROVIDER);
    /// # Ok(()) } }
    /// ```
    pub fn with_connector(
        core: wechatpay_core::Client,
        connector: impl Connect + Clone + Send + Sync + 'static,
        provider: &CryptoProvider,
    ) -> Self {
        Self {
            core,
            transport: Transport::new(connector, DEFAULT_CONCURRENCY),
            provider: *provider,
            response_cap: DEFAULT_RESPONSE_CAP,
            download_cap: DEFAULT_DOWNLOAD_CAP,
            download_timeout: DEFAULT_DOWNLOAD_TIMEOUT,
        }
    }

    /// Reads answers of at most so many bytes.
    #[must_use]
    pub fn with_response_cap(mut self, bytes: u64) -> Self {
        self.response_cap = bytes;
        self
    }

    /// Downloads files of at most so many bytes, each within this time.
    #[must_use]
    pub fn with_download_limits(mut self, bytes: u64, timeout: Duration) -> Self {
        (self.download_cap, self.download_timeout) = (bytes, timeout);
        self
    }

    /// Has at most so many requests under way at once, of all clones together. Others wait for their turn, which
    /// counts as part of their attempt. Clones made before keep their own count. There may be some more connections
    /// than that for a moment, while some are on their way back to the pool.
    #[must_use]
    pub fn with_concurrency(mut self, requests: usize) -> Self {
        self.transport.set_concurrency(requests);
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
    pub fn send<O>(
        &self,
        operation: &O,
    ) -> impl Future<Output = Result<Answer<O::Response>, Error>> + Send + use<O>
    where
        O: Operation<Response: Send>,
    {
        let (client, exchange) = (self.clone(), self.core.exchange(operation));
        async move { drive_async(exchange?, &mut Call { client, began: Instant::now() }).await }
    }

    /// Verifies, decrypts and reads a callback, by this machine's clock. See
    /// [`Client::notification`](wechatpay_core::Client::notification).
    ///
    /// # Errors
    /// [`NotificationError`], which has the answer to give.
    pub fn notification<E: Event>(
        &self,
        request: &Request<impl AsRef<[u8]>>,
    ) -> Result<Notification<E>, NotificationError> {
        self.core.notification(request, unix_seconds())
    }

    /// The same for frameworks with other types.
    ///
    /// # Errors
    /// As [`notification`](Self::notification).
    pub fn notification_from<E: Event>(
        &self,
        headers: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
        body: &[u8],
    ) -> Result<Notification<E>, NotificationError> {
        self.core.notification_from(headers, body, unix_seconds())
    }

    /// Asks for a file with `operation`, downloads it into `sink` and checks its hash. Until that was right nothing can
    /// be read from it. [`CheckedFile::is_verified`] says whether the answer with the hash was signed.
    ///
    /// `sink` may be memory (`Cursor<Vec<u8>>`) or a local file opened for reading and writing; it is written to
    /// between reads from the network, in pieces of some kilobytes, so a slow one holds up its thread. The address
    /// lives 30 seconds and is used at once; a download that failed is not repeated, begin again with the operation.
    ///
    /// ```no_run
    /// use std::io::Cursor;
    /// # use wechatpay_core::cashcoupons::{FlowRows, UseFlow};
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
    /// [`Error::Download`] when the file is not what the answer promised, or when its address is not the
    /// platform's; otherwise as [`send`](Self::send).
    pub fn download<O, W>(
        &self,
        operation: &O,
        sink: W,
    ) -> impl Future<Output = Result<CheckedFile<W>, Error>> + Send + use<O, W>
    where
        O: Operation<Response: FileLink + Send>,
        W: Read + Write + Seek + Send,
    {
        let (client, link) = (self.clone(), self.send(operation));
        async move {
            let download = client.core.download(&client.provider, &link.await?)?;
            let request = download.request(client.stamp().map_err(DownloadError::Crypto)?)?;
            let answer = client.transport.send(request, client.download_timeout).await?;
            let (parts, mut body) = answer.into_parts();
            if parts.status != StatusCode::OK {
                let body = body.whole(client.response_cap).await?;
                return Err(download.refused(&Response::from_parts(parts, body), unix_seconds()));
            }
            let mut spool = download.spool(sink).map_err(DownloadError::from)?;
            while let Some(piece) = body.piece(client.download_cap).await? {
                spool.write_all(&piece).map_err(DownloadError::from)?;
            }
            Ok(spool.finish()?)
        }
    }

    fn stamp(&self) -> Result<Stamp, CryptoError> {
        Stamp::new(unix_seconds(), self.provider.random)
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

/// The IO of one exchange.
struct Call {
    client: Client,
    began: Instant,
}

impl AsyncIo for Call {
    async fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let answer = self.client.transport.send(request, timeout).await?;
        let (parts, body) = answer.into_parts();
        Ok(Response::from_parts(parts, body.whole(self.client.response_cap).await?))
    }

    async fn sleep(&mut self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn unix_seconds(&mut self) -> UnixSeconds {
        unix_seconds()
    }

    fn elapsed(&mut self) -> Duration {
        self.began.elapsed()
    }

    fn stamp(&mut self) -> Result<Stamp, CryptoError> {
        self.client.stamp()
    }
}

#[expect(clippy::disallowed_methods, reason = "the driver's one wall clock")]
fn unix_seconds() -> UnixSeconds {
    // A clock before 1970 gives 0; the platform will refuse that time.
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
