use http::uri::Scheme;
use http::{HeaderMap, Uri};

use super::{Advice, Encoding, Outcome, StopReason};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// No complete response was received. Drivers create this error, because only they know how much of the request was sent.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TransportError(Box<Inner>);

/// Boxed, because every `Result` of a call carries the error.
#[derive(Debug, thiserror::Error)]
#[error(
    "{kind}{}{}{}{}",
    phase.map(|phase| format!("; it failed {phase}")).unwrap_or_default(),
    if *reused { ", on a connection that was kept open from an earlier request" } else { "" },
    origin.as_ref().map(|origin| format!(" ({origin})")).unwrap_or_default(),
    encoding.as_ref().map(|encoding| format!("; the response has the {encoding}")).unwrap_or_default()
)]
struct Inner {
    kind: TransportErrorKind,
    phase: Option<Phase>,
    /// Whether a kept connection was closed before any byte of the response.
    reused: bool,
    /// Scheme, host and port.
    origin: Option<String>,
    encoding: Option<Encoding>,
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
    /// The request was certainly not sent, because of how the client is set up: it would not be sent the next time either.
    #[error("the request was not sent, because the client cannot connect as it is set up")]
    Setup,
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

/// The part of an attempt in which it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Phase {
    /// Too many requests were in flight, so this one waited, and was never sent.
    #[error("while it waited for other requests to end")]
    Queue,
    /// The name of the host, or of the proxy, was looked up.
    #[error("at the lookup of the host name")]
    Resolve,
    /// A TCP connection was made, and a tunnel through the proxy if there is one.
    #[error("while connecting")]
    Connect,
    /// The TLS handshake, in which the host proves its identity.
    #[error("in the TLS handshake")]
    Tls,
    /// The request was written.
    #[error("while the request was written")]
    Write,
    /// The request was written, and the status and the headers of the response were awaited.
    #[error("before the response began")]
    Head,
    /// The body of the response was read.
    #[error("while the body of the response was read")]
    Body,
}

impl Phase {
    /// Returns the name of the phase, for logs and metrics: `queue`, `resolve`, `connect`, `tls`, `write`, `head` or
    /// `body`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Write => "write",
            Self::Head => "head",
            Self::Body => "body",
        }
    }
}

impl TransportError {
    /// Creates an error of this kind with the transport's own error as its source.
    pub fn new(kind: TransportErrorKind, source: impl Into<Source>) -> Self {
        let mut error = Self::from(kind);
        error.0.source = Some(source.into());
        error
    }

    /// Adds the phase in which the attempt failed.
    #[must_use]
    pub fn during(mut self, phase: Phase) -> Self {
        self.0.phase = Some(phase);
        self
    }

    /// Records that the request was sent on a connection that had been kept open from an earlier request, and that the
    /// connection was closed or reset before any byte of the response arrived. Servers close idle connections at any
    /// time, so this says nothing about the platform. The request is then
    /// [sent again at once](crate::RetryPolicy) if that is safe.
    #[must_use]
    pub fn on_reused_connection(mut self) -> Self {
        self.0.reused = true;
        self
    }

    /// Adds the scheme, host and port of the request to the error's text. An [`Exchange`](crate::Exchange) does this
    /// for its requests.
    #[must_use]
    pub fn tried(mut self, uri: &Uri) -> Self {
        let (scheme, host) = (uri.scheme().unwrap_or(&Scheme::HTTPS), uri.host().unwrap_or_default());
        let port = uri.port_u16().unwrap_or(if *scheme == Scheme::HTTP { 80 } else { 443 });
        self.0.origin.get_or_insert_with(|| format!("{scheme}://{host}:{port}"));
        self
    }

    /// Adds the content encoding to the error's text, if these headers of the response have one. No request asks for
    /// one, so what encoded the body may also have cut it off. Drivers call this when the body cannot be read.
    #[must_use]
    pub fn with_headers(mut self, headers: &HeaderMap) -> Self {
        self.0.encoding = Encoding::of(headers);
        self
    }

    /// Returns the phase in which the attempt failed, if the driver knows it.
    pub fn phase(&self) -> Option<Phase> {
        self.0.phase
    }

    /// Whether the request was sent on a kept connection that was closed before any byte of the response arrived. See
    /// [`on_reused_connection`](Self::on_reused_connection).
    pub fn is_reused_connection(&self) -> bool {
        self.0.reused
    }

    /// Returns the scheme, host and port of the request, such as `https://api.mch.weixin.qq.com:443`.
    pub fn origin(&self) -> Option<&str> {
        self.0.origin.as_deref()
    }

    /// Returns how far the request got.
    pub fn kind(&self) -> TransportErrorKind {
        self.0.kind
    }

    /// Returns what to do next: the network may work later, but a response will be as large again, and the client set up as
    /// before.
    pub(super) fn advice(&self) -> Advice {
        match self.0.kind {
            TransportErrorKind::NotSent | TransportErrorKind::MaybeSent => Advice::SOON,
            TransportErrorKind::Setup | TransportErrorKind::ResponseTooLarge { .. } => {
                Advice::Stop(StopReason::Setup)
            }
        }
    }

    /// Returns the outcome of the operation.
    pub fn outcome(&self) -> Outcome {
        match self.0.kind {
            TransportErrorKind::NotSent | TransportErrorKind::Setup => Outcome::NotSent,
            TransportErrorKind::MaybeSent | TransportErrorKind::ResponseTooLarge { .. } => Outcome::Unknown,
        }
    }
}

/// Creates an error without a source.
impl From<TransportErrorKind> for TransportError {
    fn from(kind: TransportErrorKind) -> Self {
        Self(Box::new(Inner { kind, phase: None, reused: false, origin: None, encoding: None, source: None }))
    }
}
