use std::fmt;

use super::Outcome;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// No answer was received. Made by drivers, which alone know how far a request came.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Source>,
}

/// How far a request came. When in doubt, a driver says [`MaybeSent`](Self::MaybeSent).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// It certainly did not leave: no address, no connection.
    NotSent,
    /// Some of it may have arrived: a timeout, a connection that broke.
    MaybeSent,
    /// An answer came, but was larger than the driver reads.
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

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TransportErrorKind::NotSent => f.write_str("the request was not sent"),
            TransportErrorKind::MaybeSent => {
                f.write_str("the request may have been sent, but no whole answer came back")
            }
            TransportErrorKind::ResponseTooLarge { cap } => {
                write!(f, "the answer is larger than {cap} bytes and was not read to its end")
            }
        }
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
