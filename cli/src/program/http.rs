//! Requests to a receiver of callbacks, or to the control interface of a sandbox. They are not signed.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use wechatpay_hyper::core::bytes::Bytes;
use wechatpay_hyper::core::crypto::load_certificates;
use wechatpay_hyper::core::http::{Request, Response};
use wechatpay_hyper::{Connector, connector};

use crate::program::failure::Failure;
use crate::program::texts::text;

/// The limit of a response's body.
const MOST: usize = 1024 * 1024;
/// For how long a connection is kept.
const IDLE: Duration = Duration::from_secs(10);

/// An HTTP client that follows no redirects.
pub(crate) struct Http(Client<HttpsConnector<Connector>, Full<Bytes>>);

impl Http {
    /// `ca` has the certificates to trust, in PEM, instead of Mozilla's.
    ///
    /// # Errors
    /// A [`Failure`] if they cannot be used.
    pub(crate) fn new(ca: Option<&[u8]>) -> Result<Self, Failure> {
        let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::failed(text!("TLS cannot be used")).because(&error))?
            .with_root_certificates(roots(ca)?)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector());
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_title_case_headers(true)
            .build(connector);
        Ok(Self(client))
    }

    /// Sends a request, and reads the response. The error says in words what failed.
    ///
    /// # Errors
    /// If there is no whole response in this time.
    pub(crate) async fn send(
        &self,
        request: Request<Bytes>,
        limit: Duration,
    ) -> Result<Response<Bytes>, String> {
        let exchange = async {
            let response = self.0.request(request.map(Full::new)).await.map_err(|error| {
                let mut text = error.to_string();
                let mut cause = std::error::Error::source(&error);
                while let Some(error) = cause {
                    text.push_str(&format!(": {error}"));
                    cause = error.source();
                }
                text
            })?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, MOST).collect().await.map_err(|error| error.to_string())?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        };
        match timeout(limit, exchange).await {
            Ok(result) => result,
            Err(_) => Err(text!("no response within {seconds} s", seconds = limit.as_secs())),
        }
    }
}

fn roots(ca: Option<&[u8]>) -> Result<RootCertStore, Failure> {
    let Some(pem) = ca else { return Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()) };
    let unusable = || Failure::configuration(text!("the CA of the settings cannot be used"));
    let mut roots = RootCertStore::empty();
    for certificate in load_certificates(pem).map_err(|error| unusable().because(&error))? {
        roots.add(certificate.into()).map_err(|error| unusable().because(&error))?;
    }
    Ok(roots)
}
