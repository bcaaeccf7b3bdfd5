//! One trait for all drivers, so that each test runs with every driver.

use std::io::{Read, Seek, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use tokio::runtime::Runtime;
use tokio::task::yield_now;
use tokio::time::sleep;
use wechatpay_core::bulk::{AsyncStore, Batch, BulkOperation, End, Lease, Progress, Recorded, Sender, Store};
use wechatpay_core::cashcoupons::SendCoupon;
use wechatpay_core::download::{CheckedFile, FileLink};
use wechatpay_core::error::TransportErrorKind;
use wechatpay_core::http::Request;
use wechatpay_core::notification::{Event, Notification, NotificationError};
use wechatpay_core::settings::Proxy;
use wechatpay_core::{Answer, Client, Error, Operation, Paged, RetryPolicy, Settings, SettingsError};

/// What every driver can do. The async driver blocks until the call is finished.
pub trait Driver: Sized + Send + Sync {
    /// Creates a driver with its own connection pool.
    fn new(core: Client) -> Self;

    /// Creates a driver that trusts only this CA.
    fn trusting(core: Client, ca: &CertificateDer<'static>) -> Self;

    /// Creates a driver from settings, without retries.
    ///
    /// # Errors
    /// Returns the driver's error.
    fn from_settings(settings: &Settings) -> Result<Self, SettingsError>;

    /// Creates a driver from the environment.
    ///
    /// # Errors
    /// Returns the driver's error.
    fn from_env() -> Result<Self, SettingsError>;

    /// Connects through this proxy.
    #[must_use]
    fn with_proxy(self, proxy: Proxy) -> Self;

    /// Limits the time in which a connection is made.
    #[must_use]
    fn with_connect_timeout(self, timeout: Duration) -> Self;

    /// Connects to these addresses instead of looking the host up.
    #[must_use]
    fn with_addresses(self, host: &str, addresses: &[SocketAddr]) -> Self;

    /// Limits the number of requests in flight.
    #[must_use]
    fn with_concurrency(self, requests: usize) -> Self;

    /// A clone, which shares connections and turns, with a changed core.
    #[must_use]
    fn clone_with(&self, change: impl FnOnce(Client) -> Client) -> Self;

    /// Prepares the driver for its first call.
    ///
    /// # Errors
    /// Returns the driver's error.
    fn warm_up(&self) -> Result<(), Error>;

    /// Limits the size of a response body, in bytes.
    #[must_use]
    fn with_response_cap(self, bytes: u64) -> Self;

    /// Limits the size of a downloaded file, in bytes, and the time of one download.
    #[must_use]
    fn with_download_limits(self, bytes: u64, timeout: Duration) -> Self;

    /// Limits the size of a downloaded file, in bytes, with a timeout of 30 seconds.
    #[must_use]
    fn with_download_cap(self, bytes: u64) -> Self {
        self.with_download_limits(bytes, Duration::from_secs(30))
    }

    /// Sends an operation and waits for its response.
    ///
    /// # Errors
    /// Returns the driver's error.
    fn send<O: Operation<Response: Send>>(&self, operation: &O) -> Result<Answer<O::Response>, Error>;

    /// Fetches all entries of a list, and the error at its end.
    fn entries<O: Paged<Response: Send> + 'static>(&self, first: O) -> Vec<Result<O::Item, Error>>;

    /// Fetches all entries of a list.
    ///
    /// # Errors
    /// Returns the driver's error.
    fn list<O: Paged<Response: Send> + 'static>(&self, first: O) -> Result<Vec<O::Item>, Error> {
        self.entries(first).into_iter().collect()
    }

    /// Sends many coupons.
    ///
    /// # Errors
    /// Returns the store's error.
    fn send_all<S: Store<SendCoupon, Error: Send> + Send>(
        &self,
        sender: Sender<SendCoupon>,
        store: &mut S,
        interrupt: impl Fn() -> bool,
        watch: impl FnMut(&Progress),
    ) -> Result<End, S::Error>;

    /// Looks for the coupon that this request has sent.
    ///
    /// # Errors
    /// Returns the driver's error.
    fn find(&self, coupon: &SendCoupon) -> Result<Option<String>, Error>;

    /// Reads a callback, and fetches the certificates that it needs.
    ///
    /// # Errors
    /// Returns the driver's error.
    fn receive<E: Event + Send + 'static>(
        &self,
        request: &Request<Vec<u8>>,
    ) -> Result<Notification<E>, NotificationError>;

    /// The same with headers and body by themselves.
    ///
    /// # Errors
    /// Returns the driver's error.
    fn receive_from<E: Event + Send + 'static>(
        &self,
        headers: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
        body: &[u8],
    ) -> Result<Notification<E>, NotificationError>;

    /// Downloads the file to which the response to `operation` links.
    ///
    /// # Errors
    /// Returns the driver's error.
    fn download<O, W>(&self, operation: &O, sink: W) -> Result<CheckedFile<W>, Error>
    where
        O: Operation<Response: FileLink + Send>,
        W: Read + Write + Seek + Send + 'static;
}

impl Driver for wechatpay_ureq::Client {
    fn new(core: Client) -> Self {
        Self::new(core)
    }

    fn trusting(core: Client, ca: &CertificateDer<'static>) -> Self {
        Self::new(core).with_root_certificates(pem(ca)).unwrap()
    }

    fn from_settings(settings: &Settings) -> Result<Self, SettingsError> {
        Ok(Self::from_settings(settings)?.map_core(without_retries))
    }

    fn from_env() -> Result<Self, SettingsError> {
        Self::from_env()
    }

    fn with_proxy(self, proxy: Proxy) -> Self {
        self.with_proxy(proxy)
    }

    fn with_connect_timeout(self, timeout: Duration) -> Self {
        self.with_connect_timeout(timeout)
    }

    fn with_addresses(self, host: &str, addresses: &[SocketAddr]) -> Self {
        self.with_addresses(host, addresses.iter().copied())
    }

    fn with_concurrency(self, requests: usize) -> Self {
        self.with_concurrency(requests)
    }

    fn clone_with(&self, change: impl FnOnce(Client) -> Client) -> Self {
        self.clone().map_core(change)
    }

    fn warm_up(&self) -> Result<(), Error> {
        self.warm_up()
    }

    fn with_response_cap(self, bytes: u64) -> Self {
        self.with_response_cap(bytes)
    }

    fn with_download_limits(self, bytes: u64, timeout: Duration) -> Self {
        self.with_download_limits(bytes, timeout)
    }

    fn send<O: Operation<Response: Send>>(&self, operation: &O) -> Result<Answer<O::Response>, Error> {
        self.send(operation)
    }

    fn entries<O: Paged<Response: Send> + 'static>(&self, first: O) -> Vec<Result<O::Item, Error>> {
        self.list(first).collect()
    }

    fn send_all<S: Store<SendCoupon, Error: Send> + Send>(
        &self,
        sender: Sender<SendCoupon>,
        store: &mut S,
        interrupt: impl Fn() -> bool,
        watch: impl FnMut(&Progress),
    ) -> Result<End, S::Error> {
        self.send_all(sender, store, interrupt, watch)
    }

    fn find(&self, coupon: &SendCoupon) -> Result<Option<String>, Error> {
        self.find(coupon)
    }

    fn receive<E: Event + Send + 'static>(
        &self,
        request: &Request<Vec<u8>>,
    ) -> Result<Notification<E>, NotificationError> {
        self.receive(request)
    }

    fn receive_from<E: Event + Send + 'static>(
        &self,
        headers: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
        body: &[u8],
    ) -> Result<Notification<E>, NotificationError> {
        self.receive_from(headers, body)
    }

    fn download<O, W>(&self, operation: &O, sink: W) -> Result<CheckedFile<W>, Error>
    where
        O: Operation<Response: FileLink + Send>,
        W: Read + Write + Seek + Send + 'static,
    {
        self.download(operation, sink)
    }
}

/// The async driver with its own runtime, as a blocking [`Driver`].
pub struct Hyper {
    client: wechatpay_hyper::Client,
    runtime: Arc<Runtime>,
}

impl Hyper {
    fn blocking(client: wechatpay_hyper::Client) -> Self {
        // The worker thread keeps idle connections alive between calls, as in a real program.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self { client, runtime: Arc::new(runtime.unwrap()) }
    }
}

impl Driver for Hyper {
    fn new(core: Client) -> Self {
        Self::blocking(wechatpay_hyper::Client::new(core))
    }

    fn trusting(core: Client, ca: &CertificateDer<'static>) -> Self {
        let client = wechatpay_hyper::Client::new(core).with_root_certificates(pem(ca));
        Self::blocking(client.unwrap())
    }

    fn from_settings(settings: &Settings) -> Result<Self, SettingsError> {
        let client = wechatpay_hyper::Client::from_settings(settings)?;
        Ok(Self::blocking(client.map_core(without_retries)))
    }

    fn from_env() -> Result<Self, SettingsError> {
        Ok(Self::blocking(wechatpay_hyper::Client::from_env()?))
    }

    fn with_proxy(self, proxy: Proxy) -> Self {
        Self { client: self.client.with_proxy(proxy), ..self }
    }

    fn with_connect_timeout(self, timeout: Duration) -> Self {
        Self { client: self.client.with_connect_timeout(timeout), ..self }
    }

    fn with_addresses(self, host: &str, addresses: &[SocketAddr]) -> Self {
        Self { client: self.client.with_addresses(host, addresses.iter().copied()), ..self }
    }

    fn with_concurrency(self, requests: usize) -> Self {
        Self { client: self.client.with_concurrency(requests), ..self }
    }

    fn clone_with(&self, change: impl FnOnce(Client) -> Client) -> Self {
        Self { client: self.client.clone().map_core(change), runtime: Arc::clone(&self.runtime) }
    }

    fn warm_up(&self) -> Result<(), Error> {
        self.runtime.block_on(self.client.warm_up())
    }

    fn with_response_cap(self, bytes: u64) -> Self {
        Self { client: self.client.with_response_cap(bytes), ..self }
    }

    fn with_download_limits(self, bytes: u64, timeout: Duration) -> Self {
        Self { client: self.client.with_download_limits(bytes, timeout), ..self }
    }

    fn send<O: Operation<Response: Send>>(&self, operation: &O) -> Result<Answer<O::Response>, Error> {
        self.runtime.block_on(self.client.send(operation))
    }

    fn entries<O: Paged<Response: Send> + 'static>(&self, first: O) -> Vec<Result<O::Item, Error>> {
        self.runtime.block_on(async {
            let (mut list, mut items) = (self.client.list(first), Vec::new());
            while let Some(item) = list.next().await {
                items.push(item);
            }
            items
        })
    }

    fn send_all<S: Store<SendCoupon, Error: Send> + Send>(
        &self,
        sender: Sender<SendCoupon>,
        store: &mut S,
        interrupt: impl Fn() -> bool,
        watch: impl FnMut(&Progress),
    ) -> Result<End, S::Error> {
        let interrupt = async {
            while !interrupt() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        self.runtime.block_on(self.client.send_all(sender, &mut Later(store), interrupt, watch))
    }

    fn find(&self, coupon: &SendCoupon) -> Result<Option<String>, Error> {
        self.runtime.block_on(self.client.find(coupon))
    }

    fn receive<E: Event + Send + 'static>(
        &self,
        request: &Request<Vec<u8>>,
    ) -> Result<Notification<E>, NotificationError> {
        self.runtime.block_on(self.client.receive(request))
    }

    fn receive_from<E: Event + Send + 'static>(
        &self,
        headers: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
        body: &[u8],
    ) -> Result<Notification<E>, NotificationError> {
        self.runtime.block_on(self.client.receive_from(headers, body))
    }

    fn download<O, W>(&self, operation: &O, sink: W) -> Result<CheckedFile<W>, Error>
    where
        O: Operation<Response: FileLink + Send>,
        W: Read + Write + Seek + Send + 'static,
    {
        self.runtime.block_on(self.client.download(operation, sink))
    }
}

/// A store whose futures are pending at first.
struct Later<'a, S>(&'a mut S);

impl<O, S> AsyncStore<O> for Later<'_, S>
where
    O: BulkOperation,
    S: Store<O, Error: Send> + Send,
{
    type Error = S::Error;

    async fn lease(&mut self, most: usize) -> Result<Lease<O>, S::Error> {
        yield_now().await;
        self.0.lease(most)
    }

    async fn record(&mut self, batch: &Batch) -> Result<Recorded, S::Error> {
        yield_now().await;
        self.0.record(batch)
    }
}

fn without_retries(core: Client) -> Client {
    core.with_retry(RetryPolicy::never())
}

/// The AWS-LC provider of rustls, for TLS.
pub fn tls_crypto() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// A certificate in PEM.
pub fn pem(certificate: &CertificateDer<'_>) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(certificate))
}

/// The kind of a transport error. It tells whether the request may have been sent.
pub fn transport_kind(error: &Error) -> TransportErrorKind {
    let Error::Transport(error) = error else { panic!("{error:?}") };
    error.kind()
}

/// Turns functions that are generic over a [`Driver`] into tests, one for each driver.
#[macro_export]
macro_rules! with_every_driver {
    ($($test:ident),+ $(,)?) => {
        mod ureq {
            $(#[test]
            fn $test() {
                super::$test::<wechatpay_ureq::Client>();
            })+
        }

        mod hyper {
            $(#[test]
            fn $test() {
                super::$test::<$crate::drivers::Hyper>();
            })+
        }
    };
}
