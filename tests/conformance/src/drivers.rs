//! Every driver behind one trait, so that what is true of one is tried with all.

use std::io::{Read, Seek, Write};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Runtime;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use wechatpay_core::download::{CheckedFile, FileLink};
use wechatpay_core::error::TransportErrorKind;
use wechatpay_core::{Answer, Client, Error, Operation, Paged};

/// What every driver can do. One that is asynchronous waits here.
pub trait Driver: Sized + Send + Sync {
    /// A driver with its own connections.
    fn new(core: Client) -> Self;

    /// The same, but it trusts this CA and no other.
    fn trusting(core: Client, ca: &CertificateDer<'static>) -> Self;

    /// Reads answers of at most so many bytes.
    #[must_use]
    fn with_response_cap(self, bytes: u64) -> Self;

    /// Downloads files of at most so many bytes, each within this time.
    #[must_use]
    fn with_download_limits(self, bytes: u64, timeout: Duration) -> Self;

    /// The same, with time enough.
    #[must_use]
    fn with_download_cap(self, bytes: u64) -> Self {
        self.with_download_limits(bytes, Duration::from_secs(30))
    }

    /// Sends an operation and waits for its answer.
    ///
    /// # Errors
    /// The driver's.
    fn send<O: Operation<Response: Send>>(&self, operation: &O) -> Result<Answer<O::Response>, Error>;

    /// All entries of a list.
    ///
    /// # Errors
    /// The driver's.
    fn list<O: Paged<Response: Send> + 'static>(&self, first: O) -> Result<Vec<O::Item>, Error>;

    /// Downloads the file that `operation` leads to.
    ///
    /// # Errors
    /// The driver's.
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
        let roots = RootCerts::from([Certificate::from_der(ca).to_owned()]);
        let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(tls_crypto());
        let config = ureq::Agent::config_builder().tls_config(tls.build()).proxy(None).build();
        Self::with_agent(core, wechatpay_ureq::agent(config), &wechatpay_ureq::PROVIDER)
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

    fn list<O: Paged<Response: Send> + 'static>(&self, first: O) -> Result<Vec<O::Item>, Error> {
        self.list(first).collect()
    }

    fn download<O, W>(&self, operation: &O, sink: W) -> Result<CheckedFile<W>, Error>
    where
        O: Operation<Response: FileLink + Send>,
        W: Read + Write + Seek + Send + 'static,
    {
        self.download(operation, sink)
    }
}

/// The async driver, for those who wait.
pub struct Hyper {
    client: wechatpay_hyper::Client,
    runtime: Runtime,
}

impl Hyper {
    fn waiting_for(client: wechatpay_hyper::Client) -> Self {
        // With a thread of its own, so that idle connections live on between calls, as in a program.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self { client, runtime: runtime.unwrap() }
    }
}

impl Driver for Hyper {
    fn new(core: Client) -> Self {
        Self::waiting_for(wechatpay_hyper::Client::new(core))
    }

    fn trusting(core: Client, ca: &CertificateDer<'static>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone()).unwrap();
        let tls = ClientConfig::builder_with_provider(tls_crypto())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1();
        let client =
            wechatpay_hyper::Client::with_connector(core, connector.build(), &wechatpay_hyper::PROVIDER);
        Self::waiting_for(client)
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

    fn list<O: Paged<Response: Send> + 'static>(&self, first: O) -> Result<Vec<O::Item>, Error> {
        self.runtime.block_on(async {
            let (mut list, mut items) = (self.client.list(first), Vec::new());
            while let Some(item) = list.next().await {
                items.push(item?);
            }
            Ok(items)
        })
    }

    fn download<O, W>(&self, operation: &O, sink: W) -> Result<CheckedFile<W>, Error>
    where
        O: Operation<Response: FileLink + Send>,
        W: Read + Write + Seek + Send + 'static,
    {
        self.runtime.block_on(self.client.download(operation, sink))
    }
}

/// AWS-LC, for TLS.
pub fn tls_crypto() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// What a driver says of how far the request came.
pub fn transport_kind(error: &Error) -> TransportErrorKind {
    let Error::Transport(error) = error else { panic!("{error:?}") };
    error.kind()
}

/// Makes tests of functions that are generic over a [`Driver`]: each once for every driver there is.
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
