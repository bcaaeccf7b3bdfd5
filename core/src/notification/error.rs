use std::fmt;

use bytes::Bytes;
use http::{Response, StatusCode};

use super::reply::failure;
use crate::error::{CertificatesError, JsonError, OneLine, VerifyErrorKind, causes};
use crate::exchange::unknown_certificate;

/// A callback that cannot be processed. Reply to it with [`reply`](Self::reply).
///
/// `{}` says what is wrong and what to check; `{:#}` adds all causes, in one line.
#[derive(Debug)]
pub struct NotificationError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: NotificationErrorKind,
    /// What to check, as a main clause.
    hint: Option<&'static str>,
    /// Why the certificates that might have verified the callback are not there.
    certificates: Option<CertificatesError>,
}

/// The most frequent mistake with callbacks.
const BODY: &str = "the body must be the bytes as they were received, not JSON that a framework or a proxy has parsed \
                    and written again";
const EMPTY_BODY: &str = "the body is empty: a handler or extractor that ran before may have consumed it";
const HEADERS: &str = "frameworks and proxies must pass on the Wechatpay-* headers unchanged";
const NEW_CERTIFICATE: &str = "if it is a new platform certificate, Client::receive fetches it; a program that reads \
                               callbacks with Client::notification sends DownloadCertificates";
const NO_API_V3_KEY: &str = "if it is a new platform certificate, it can be fetched by a client with the APIv3 key \
                             (Client::with_api_v3_key)";
const NOT_LISTED: &str = "the platform's list of certificates was just fetched and does not contain it";
const SENT_AGAIN: &str = "the platform sends the callback again";

/// Why a callback cannot be processed.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum NotificationErrorKind {
    /// The callback could not be verified or decrypted.
    #[error("the callback could not be verified or decrypted: {0}")]
    Verify(VerifyErrorKind),
    /// The callback is from WeChat Pay, but does not have the documented structure.
    #[error("the callback does not have the documented structure")]
    Envelope(#[source] JsonError),
    /// The callback is from WeChat Pay and was decrypted, but its content does not have the documented structure.
    #[error("the content of the callback {} ({} bytes) does not have the documented structure", OneLine(id), resource.len())]
    Resource {
        /// The id of the callback.
        id: String,
        /// The decrypted content, so that no information is lost.
        resource: Bytes,
        /// Why the content could not be decoded.
        source: JsonError,
    },
    /// [`Receiving`](super::Receiving) was polled again after it had returned its result.
    #[error("the callback was polled after its result had been returned")]
    Ended,
}

impl NotificationError {
    /// The error of a callback with this body. `can_fetch` is whether the client can fetch certificates.
    pub(super) fn of(kind: impl Into<NotificationErrorKind>, body: &[u8], can_fetch: bool) -> Self {
        use VerifyErrorKind::{DuplicateHeader, MalformedHeader, MissingHeader, Unsigned, WrongSignature};
        let kind = kind.into();
        let hint = match &kind {
            NotificationErrorKind::Verify(WrongSignature { .. }) | NotificationErrorKind::Envelope(_)
                if body.is_empty() =>
            {
                Some(EMPTY_BODY)
            }
            NotificationErrorKind::Verify(kind) => match kind {
                WrongSignature { .. } => Some(BODY),
                Unsigned | MissingHeader { .. } | DuplicateHeader { .. } | MalformedHeader { .. } => {
                    Some(HEADERS)
                }
                kind if unknown_certificate(kind).is_none() => None,
                _ if can_fetch => Some(NEW_CERTIFICATE),
                _ => Some(NO_API_V3_KEY),
            },
            _ => None,
        };
        Self(Box::new(Inner { kind, hint, certificates: None }))
    }

    /// The error after a fetch of certificates has not helped.
    pub(super) fn after_fetch(mut self) -> Self {
        if let NotificationErrorKind::Verify(kind) = &self.0.kind
            && unknown_certificate(kind).is_some()
        {
            let listed = matches!(kind, VerifyErrorKind::UnusableCertificate { .. });
            self.0.hint = Some(NOT_LISTED).filter(|_| !listed);
        }
        self
    }

    /// Records why the certificates that might have verified the callback are not there.
    pub(super) fn without_certificates(mut self, reason: CertificatesError) -> Self {
        (self.0.hint, self.0.certificates) = (Some(SENT_AGAIN), Some(reason));
        self
    }

    /// Returns why the callback cannot be processed.
    pub fn kind(&self) -> &NotificationErrorKind {
        &self.0.kind
    }

    /// Returns why the platform certificates, one of which might verify the callback, could not be fetched by
    /// [`Client::receive`](crate::Client::receive).
    pub fn certificates(&self) -> Option<&CertificatesError> {
        self.0.certificates.as_ref()
    }

    /// Whether the callback was a signature probe: WeChat Pay occasionally sends wrong signatures to check that they
    /// are rejected. Intended for logs only; the reply is the same.
    pub fn is_probe(&self) -> bool {
        matches!(self.0.kind, NotificationErrorKind::Verify(VerifyErrorKind::Probe { .. }))
    }

    /// Returns the response to send. It contains no details, because the sender of an invalid callback is unknown.
    ///
    /// The status is 401 when the callback could not be verified, and 400 when it is not a callback. It is 500 when
    /// this side cannot decrypt or decode the callback, and 503 when the [certificates](Self::certificates) to verify it
    /// with could not be fetched. WeChat Pay sends a callback again after each of them.
    pub fn reply(&self) -> Response<Bytes> {
        if self.0.certificates.is_some() {
            return failure(StatusCode::SERVICE_UNAVAILABLE, "the callback could not be verified yet");
        }
        match self.0.kind {
            // The signature was valid, so the fault is the APIv3 key on this side.
            NotificationErrorKind::Verify(
                VerifyErrorKind::NoApiV3Key | VerifyErrorKind::Decrypt | VerifyErrorKind::Resource { .. },
            ) => failure(StatusCode::INTERNAL_SERVER_ERROR, "the callback could not be decrypted"),
            NotificationErrorKind::Verify(_) => {
                failure(StatusCode::UNAUTHORIZED, "the callback could not be verified")
            }
            NotificationErrorKind::Envelope(_) => {
                failure(StatusCode::BAD_REQUEST, "the callback could not be parsed")
            }
            NotificationErrorKind::Resource { .. } => {
                failure(StatusCode::INTERNAL_SERVER_ERROR, "the content of the callback could not be decoded")
            }
            NotificationErrorKind::Ended => {
                failure(StatusCode::INTERNAL_SERVER_ERROR, "the callback could not be processed")
            }
        }
    }
}

impl fmt::Display for NotificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        if let Some(hint) = self.0.hint {
            write!(f, "; {hint}")?;
        }
        causes(self, f)
    }
}

impl std::error::Error for NotificationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.certificates {
            Some(certificates) => Some(certificates),
            None => std::error::Error::source(&self.0.kind),
        }
    }
}

impl From<VerifyErrorKind> for NotificationErrorKind {
    fn from(kind: VerifyErrorKind) -> Self {
        Self::Verify(kind)
    }
}

/// Omits the content, which may contain personal data.
impl fmt::Debug for NotificationErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verify(kind) => f.debug_tuple("Verify").field(kind).finish(),
            Self::Envelope(source) => f.debug_tuple("Envelope").field(source).finish(),
            Self::Resource { id, source, .. } => {
                let id = format_args!("{}", OneLine(id));
                f.debug_struct("Resource").field("id", &id).field("source", source).finish_non_exhaustive()
            }
            Self::Ended => f.write_str("Ended"),
        }
    }
}
