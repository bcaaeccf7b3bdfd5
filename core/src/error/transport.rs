use super::Outcome;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// No answer was received. Made by drivers, which alone know how far a request came.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct TransportError {
    kind: TransportErrorKind,
    #[source]
    source: Option<Source>,
}

/// How far a request came. When in doubt, a driver says [`MaybeSent`](Self::MaybeSent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// It certainly did not leave: no address, no connection.
    #[error("the request was not sent")]
    NotSent,
    /// Some of it may have arrived: a timeout, a connection that broke.
    #[error("the request may have been sent, but no whole answer came back")]
    MaybeSent,
    /// An answer came, but was larger than the driver reads.
    #[error("the answer is larger than {cap} bytes and was not read to its end")]
    ResponseTooLarge {
        /// The cap in bytes.
        cap: u64,
    },
}

impl TransportError {
    /// An error of this kind, caused by the transport's own error.
    pub fn new(kind: TransportErrorKind, source: impl Into<Source>) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    /// How far the request came.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// What became of the operation.
    pub fn outcome(&self) -> Outcome {
        match self.kind {
            TransportErrorKind::NotSent => Outcome::NotSent,
            TransportErrorKind::MaybeSent | TransportErrorKind::ResponseTooLarge { .. } => Outcome::Unknown,
        }
    }
}

/// For errors that need no cause.
impl From<TransportErrorKind> for TransportError {
    fn from(kind: TransportErrorKind) -> Self {
        Self { kind, source: None }
    }
}
