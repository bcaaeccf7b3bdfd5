use http::uri::Scheme;
use http::{HeaderMap, Uri};

use super::{Advice, Encoding, Outcome, StopReason};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// No complete response was received. Drivers create this error, because only they know how much of the request was sent.
#[derive(Debug, thiserror::Error)]
#[error(
    "{kind}{}{}",
    tried.as_ref().map(|tried| format!(" ({tried})")).unwrap_or_default(),
    encoding.as_ref().map(|encoding| format!("; the response has the {encoding}")).unwrap_or_default()
)]
pub struct TransportError {
    kind: TransportErrorKind,
    /// Scheme, host and port.
    tried: Option<Box<str>>,
    encoding: Option<Box<Encoding>>,
    #[source]
    source: Option<Source>,
}

/// How far a request got. When in doubt, a driver uses [`MaybeSent`](Self::MaybeSent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The request was certainly not sent: the address did not resolve, or no connection was made.
    #[error("the request was not sent")]
    NotSent,
    /// Some of the request may have arrived: a timeout, or a broken connection.
    #[error("the request may have been sent, but no complete response was received")]
    MaybeSent,
    /// A response arrived, but was larger than the driver's limit.
    #[error("the response is larger than the limit of {cap} bytes")]
    ResponseTooLarge {
        /// The limit in bytes.
        cap: u64,
    },
}

impl TransportError {
    /// Creates an error of this kind with the transport's own error as its source.
    pub fn new(kind: TransportErrorKind, source: impl Into<Source>) -> Self {
        Self { kind, tried: None, encoding: None, source: Some(source.into()) }
    }

    /// Adds the scheme, host and port of the request to the error's text. An [`Exchange`](crate::Exchange) does this
    /// for its requests.
    #[must_use]
    pub fn tried(mut self, uri: &Uri) -> Self {
        let (scheme, host) = (uri.scheme().unwrap_or(&Scheme::HTTPS), uri.host().unwrap_or_default());
        let port = uri.port_u16().unwrap_or(if *scheme == Scheme::HTTP { 80 } else { 443 });
        self.tried.get_or_insert_with(|| format!("{scheme}://{host}:{port}").into());
        self
    }

    /// Adds the content encoding to the error's text, if these headers of the response have one. No request asks for
    /// one, so what encoded the body may also have cut it off. Drivers call this when the body cannot be read.
    #[must_use]
    pub fn with_headers(mut self, headers: &HeaderMap) -> Self {
        self.encoding = Encoding::of(headers).map(Box::new);
        self
    }

    /// Returns how far the request got.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Returns what to do next: the network may work later, but a response will be as large again.
    pub(super) fn advice(&self) -> Advice {
        match self.kind {
            TransportErrorKind::NotSent | TransportErrorKind::MaybeSent => Advice::SOON,
            TransportErrorKind::ResponseTooLarge { .. } => Advice::Stop(StopReason::Setup),
        }
    }

    /// Returns the outcome of the operation.
    pub fn outcome(&self) -> Outcome {
        match self.kind {
            TransportErrorKind::NotSent => Outcome::NotSent,
            TransportErrorKind::MaybeSent | TransportErrorKind::ResponseTooLarge { .. } => Outcome::Unknown,
        }
    }
}

/// Creates an error without a source.
impl From<TransportErrorKind> for TransportError {
    fn from(kind: TransportErrorKind) -> Self {
        Self { kind, tried: None, encoding: None, source: None }
    }
}
