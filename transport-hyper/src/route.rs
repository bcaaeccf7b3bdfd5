//! The driver's own way to a host: TCP, a proxy if there is one, and TLS.

use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tower_service::Service;
use wechatpay_core::error::Phase;
use wechatpay_core::http::Uri;
use wechatpay_core::http::uri::Scheme;
use wechatpay_core::settings::Proxy;

use crate::connector::{Connector, Unconnected, connector, port};
use crate::limit::Limit;
use crate::stream::Stream;
use crate::tls;

#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) tcp: Connector,
    pub(crate) proxy: Option<Proxy>,
    tls: Arc<ClientConfig>,
}

impl Route {
    /// The defaults: no proxy, Mozilla's root certificates.
    pub(crate) fn new(crypto: CryptoProvider) -> Self {
        Self { tcp: connector(), proxy: None, tls: tls::config(Arc::new(crypto), tls::mozilla()) }
    }

    pub(crate) fn trust(&mut self, roots: RootCertStore) {
        self.tls = tls::config(Arc::clone(self.tls.crypto_provider()), roots);
    }

    /// Connects to the host of this URL within the connect timeout, which may be shortened by `attempt`.
    pub(crate) async fn open(&self, uri: &Uri, attempt: Limit) -> Result<Box<dyn Stream>, Unconnected> {
        let limit = self.tcp.limit().or_earlier(attempt);
        let host = uri.host().unwrap_or_default();
        let stream = match &self.proxy {
            None => self.tcp.connect(host, port(uri), limit).await?,
            Some(proxy) => {
                let place = || format!("the proxy {}:{}", proxy.host(), proxy.port());
                self.through(proxy, uri, limit).await.map_err(|error| error.at(place()))?
            }
        };
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Ok(Box::new(stream));
        }
        match limit.of(tls::handshake(Arc::clone(&self.tls), host, stream)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(Unconnected::new(Phase::Tls, error)),
            Err(over) => Err(Unconnected::new(Phase::Tls, over)),
        }
    }

    /// Connects to the proxy, and asks it to connect to the host. The proxy looks the host up.
    async fn through(&self, proxy: &Proxy, uri: &Uri, limit: Limit) -> Result<TcpStream, Unconnected> {
        let stream = self.tcp.connect(proxy.host(), proxy.port(), limit).await?;
        let mut tunnel = Tunnel::new(proxy.uri(), Connected(Some(stream)));
        if let Some(authorization) = proxy.authorization() {
            tunnel = tunnel.with_auth(authorization);
        }
        let failed = |error| Unconnected::new(Phase::Connect, error);
        // With a port, because a tunnel takes 443 if there is none.
        let host = format!("{}:{}", uri.host().unwrap_or_default(), port(uri));
        let target = Uri::builder().scheme(Scheme::HTTP).authority(host).path_and_query("/").build();
        let target = target.map_err(|error| Unconnected::new(Phase::Connect, error))?;
        match limit.of(tunnel.call(target)).await {
            Ok(Ok(stream)) => Ok(stream.into_inner()),
            Ok(Err(error)) => Err(failed(Box::<dyn std::error::Error + Send + Sync>::from(error))),
            Err(over) => Err(failed(over.into())),
        }
    }
}

/// A connector that returns the connection it was given.
struct Connected(Option<TcpStream>);

impl Service<Uri> for Connected {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Ready<io::Result<TokioIo<TcpStream>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let stream = self.0.take().ok_or_else(|| io::ErrorKind::NotConnected.into());
        ready(stream.map(TokioIo::new))
    }
}
