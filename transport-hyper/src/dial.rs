//! Connects to a host: the driver's own way, or a connector of the caller's.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::Connection;
use hyper_util::rt::TokioIo;
use tower_service::Service;
use wechatpay_core::error::{Outcome, Phase, TransportError, TransportErrorKind};
use wechatpay_core::http::Uri;

use crate::connector::{CONNECT_TIMEOUT, DEFAULT_CONNECT_TIMEOUT, Unconnected};
use crate::limit::Limit;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use crate::route::Route;
use crate::stream::Stream;

/// An open connection.
pub(crate) struct Opened {
    pub(crate) stream: Box<dyn Stream>,
    /// Whether it leads to a proxy that expects the whole URL in the request.
    pub(crate) to_proxy: bool,
}

type Error = Box<dyn std::error::Error + Send + Sync>;
type Opening = Pin<Box<dyn Future<Output = Result<Opened, Error>> + Send>>;

#[derive(Clone)]
pub(crate) enum Dial {
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    Route(Box<Route>),
    Own {
        connect: Arc<dyn Fn(Uri) -> Opening + Send + Sync>,
        /// A setting that the connector cannot follow, and what to do instead.
        misused: Option<&'static str>,
    },
}

impl Dial {
    pub(crate) fn own<C, T>(connector: C) -> Self
    where
        C: Service<Uri, Response = T, Error: Into<Error>, Future: Unpin + Send>,
        C: Clone + Send + Sync + 'static,
        T: Read + Write + Connection + Unpin + Send + 'static,
    {
        let connect = move |uri| -> Opening {
            let mut connector = connector.clone();
            Box::pin(async move {
                poll_fn(|cx| connector.poll_ready(cx)).await.map_err(Into::into)?;
                let stream = connector.call(uri).await.map_err(Into::into)?;
                let connected = stream.connected();
                if connected.is_negotiated_h2() {
                    let text = "the connector negotiated HTTP/2; this client sends HTTP/1.1 only";
                    return Err(TransportError::new(TransportErrorKind::Setup, text).into());
                }
                let to_proxy = connected.is_proxied();
                Ok(Opened { stream: Box::new(TokioIo::new(stream)), to_proxy })
            })
        };
        Self::Own { connect: Arc::new(connect), misused: None }
    }

    /// Changes the driver's own way. A connector of the caller's has other ways: then every request fails with
    /// `misused`, because a setting must not be ignored silently.
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Route), misuse: &'static str) {
        match self {
            Self::Route(route) => change(route),
            Self::Own { misused, .. } => *misused = misused.or(Some(misuse)),
        }
    }

    /// Connects to the host of this URL within the connect timeout, which may be shortened by `attempt`.
    pub(crate) async fn open(&self, uri: &Uri, attempt: Limit) -> Result<Opened, TransportError> {
        match self {
            #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
            Self::Route(route) => {
                let stream = route.open(uri, attempt).await?;
                Ok(Opened { stream, to_proxy: false })
            }
            Self::Own { misused: Some(misused), .. } => {
                Err(TransportError::new(TransportErrorKind::Setup, *misused))
            }
            Self::Own { connect, .. } => {
                let limit = Limit::after(DEFAULT_CONNECT_TIMEOUT, CONNECT_TIMEOUT).or_earlier(attempt);
                let opened = limit.of(connect(uri.clone())).await;
                let opened = opened.map_err(|over| Unconnected::new(Phase::Connect, over))?;
                opened.map_err(|error| match error.downcast::<TransportError>() {
                    // That of `Connector`, which knows more.
                    Ok(error) if error.outcome() == Outcome::NotSent => *error,
                    Ok(error) => Unconnected::new(Phase::Connect, error).into(),
                    Err(error) => Unconnected::new(Phase::Connect, error).into(),
                })
            }
        }
    }
}
