use std::fmt;

use bytes::Bytes;
use http::Response;

use super::excerpt::quoted;
use super::{Advice, CertificatesError, Context, StopReason, bounded};
use crate::crypto::ResourceError;
use crate::types::{MAX_CLOCK_DIFFERENCE, UnixSeconds};

/// A response or callback could not be verified: it is not proven to come from WeChat Pay.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct VerifyError(Box<Inner>);

#[derive(thiserror::Error)]
#[error("{kind}{}{excerpt}", context.as_ref().map(|context| format!(" ({context})")).unwrap_or_default())]
struct Inner {
    kind: VerifyErrorKind,
    context: Option<Context>,
    body: Bytes,
    /// The beginning of an unsigned body that is no JSON, for the text.
    excerpt: String,
    /// Why the certificates that might have verified the message are not there.
    #[source]
    certificates: Option<CertificatesError>,
}

/// The error text for callers that need to decrypt, but did not configure the APIv3 key.
pub(super) const NO_API_V3_KEY: &str = "the client has no APIv3 key; set it with Client::with_api_v3_key";

/// What is wrong with a signature or with an encrypted value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// A success response or a callback has no signature header. It is treated as forged.
    #[error("the message has no signature")]
    Unsigned,
    /// Some signature headers are present, but this one is missing.
    #[error("the signature header {name} is missing")]
    MissingHeader {
        /// The name of the header.
        name: &'static str,
    },
    /// A signature header occurs more than once.
    #[error("the signature header {name} occurs more than once")]
    DuplicateHeader {
        /// The name of the header.
        name: &'static str,
    },
    /// A signature header has an invalid value.
    #[error("the signature header {name} {problem}")]
    MalformedHeader {
        /// The name of the header.
        name: &'static str,
        /// What is wrong with the value, as a predicate such as `is empty`.
        problem: &'static str,
    },
    /// The time of the signature differs too much from the local time. Check this machine's clock first.
    #[error(
        "the signature time {timestamp} is {} seconds {} the local time {now}; the limit is {MAX_CLOCK_DIFFERENCE} seconds",
        timestamp.abs_diff(*now),
        if timestamp < now { "before" } else { "after" }
    )]
    Clock {
        /// The time of the signature.
        timestamp: UnixSeconds,
        /// The local time.
        now: UnixSeconds,
    },
    /// No key is known under this serial number or public key id.
    #[error(
        "the message is signed with the unknown key {serial:?}; the known keys are {known:?}{}",
        advice(serial)
    )]
    UnknownSerial {
        /// The serial number in the response.
        serial: String,
        /// The serial numbers that are known.
        known: Vec<String>,
    },
    /// The certificate is not valid at the local time. WeChat Pay never signs with an expired certificate.
    #[error("the message is signed with the certificate {serial}, which is not valid at the local time")]
    CertificateExpired {
        /// The serial number of the certificate.
        serial: String,
    },
    /// The signature does not match the key and the bytes: the message was modified, or was not signed with this key.
    #[error(
        "the signature does not match the key {serial}: the message was modified or the key file is wrong"
    )]
    WrongSignature {
        /// The serial number of the key.
        serial: String,
    },
    /// A signature probe. WeChat Pay occasionally sends wrong signatures that begin with `WECHATPAY/SIGNTEST/`, to
    /// check that they are rejected.
    #[error(
        "the message is a signature probe (签名探测流量) from WeChat Pay for the key {serial}; it was rejected as required"
    )]
    Probe {
        /// The serial number of the key.
        serial: String,
    },
    /// An encrypted value is not encoded as documented.
    #[error("the encrypted resource {problem}")]
    Resource {
        /// What is wrong with the value, as a predicate such as `is not encrypted with AEAD_AES_256_GCM`.
        problem: &'static str,
    },
    /// An encrypted value could not be decrypted: the APIv3 key is a different one, or the value was modified.
    #[error(
        "the encrypted resource could not be decrypted: the APIv3 key is not the one in the console, or the resource was \
         modified"
    )]
    Decrypt,
    /// There is a value to decrypt, but the client has no APIv3 key.
    #[error("{NO_API_V3_KEY}")]
    NoApiV3Key,
    /// A platform certificate in a response is not acceptable.
    #[error("{problem}")]
    Certificate {
        /// What is wrong with the certificate, as a sentence.
        problem: &'static str,
    },
    /// The platform lists a certificate with this serial number, but it cannot be used, so nothing that it signs can be
    /// verified. Other certificates in the list are not affected.
    #[error(
        "the platform certificate {serial} in the list of GET /v3/certificates cannot be used: {problem}"
    )]
    UnusableCertificate {
        /// The serial number of the certificate.
        serial: String,
        /// Why the certificate cannot be used, as a sentence.
        problem: String,
    },
    /// The key is refused, because [`PlatformKeys::distrust`](crate::PlatformKeys::distrust) was called for it.
    #[error("the message is signed with the key {serial}, which is distrusted (PlatformKeys::distrust)")]
    Distrusted {
        /// The serial number or id of the key.
        serial: String,
    },
}

impl VerifyError {
    pub(crate) fn new(kind: VerifyErrorKind, context: Option<Context>) -> Self {
        Self(Box::new(Inner {
            kind,
            context,
            body: Bytes::new(),
            excerpt: String::new(),
            certificates: None,
        }))
    }

    /// The error of this response.
    pub(crate) fn of(kind: VerifyErrorKind, response: &Response<Bytes>) -> Self {
        let (context, body) = (Some(Context::of(response)), bounded(response.body()));
        Self(Box::new(Inner { kind, context, body, excerpt: String::new(), certificates: None }))
    }

    /// Quotes an unsigned body that is no JSON, such as the page of a proxy, without the values `personal`.
    pub(crate) fn quoting(mut self, personal: &[String]) -> Self {
        if self.0.kind == VerifyErrorKind::Unsigned {
            self.0.excerpt = quoted(&self.0.body, personal);
        }
        self
    }

    /// Records why the certificates that might have verified the message are not there.
    pub(crate) fn without_certificates(mut self, error: CertificatesError) -> Self {
        self.0.certificates = Some(error);
        self
    }

    /// Returns what is wrong.
    pub fn kind(&self) -> &VerifyErrorKind {
        &self.0.kind
    }

    /// Returns the HTTP status, if the message was a response.
    pub fn http_status(&self) -> Option<http::StatusCode> {
        self.0.context.as_ref().map(|context| context.status)
    }

    /// Returns why the platform certificates, one of which might verify the message, could not be fetched.
    pub fn certificates(&self) -> Option<&CertificatesError> {
        self.0.certificates.as_ref()
    }

    /// Returns the body of the response, cut off at 16 KiB. It is as untrusted as the response itself. Empty if the
    /// message was not a response.
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// Returns what to do next: see [`Advice`]. A probe is repeated. Anything else would fail again for every request,
    /// unless the certificates were only not there yet.
    pub(super) fn advice(&self) -> Advice {
        match (self.certificates(), self.kind()) {
            (Some(certificates), _) => certificates.advice(),
            (None, VerifyErrorKind::Probe { .. }) => Advice::SOON,
            (None, _) => Advice::Stop(StopReason::Setup),
        }
    }

    /// Returns the `Request-ID`, if there was one. It is as untrusted as the response itself.
    pub fn request_id(&self) -> Option<&str> {
        self.0.context.as_ref()?.request_id.as_deref()
    }
}

/// Omits the body, which may contain personal data.
impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("kind", &self.kind)
            .field("context", &self.context)
            .field("body_len", &self.body.len())
            .field("certificates", &self.certificates)
            .finish()
    }
}

/// Returns what to do about an unknown key.
fn advice(serial: &str) -> &'static str {
    if serial.starts_with("PUB_KEY_ID_") {
        "; this is the id of a WeChat Pay public key, which is available in the console; \
         add it with PlatformKeys::add_public_key"
    } else {
        ""
    }
}

impl From<ResourceError> for VerifyErrorKind {
    fn from(error: ResourceError) -> Self {
        match error {
            ResourceError::Malformed(problem) => Self::Resource { problem },
            ResourceError::Decrypt => Self::Decrypt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_described_by_its_kind() {
        let text = |serial: &str| {
            VerifyErrorKind::UnknownSerial { serial: serial.to_owned(), known: vec!["0B".to_owned()] }
                .to_string()
        };
        let certificate = "the message is signed with the unknown key \"0A\"; the known keys are [\"0B\"]";
        assert_eq!(text("0A"), certificate);
        let public_key = text("PUB_KEY_ID_7");
        assert!(public_key.ends_with("add it with PlatformKeys::add_public_key"), "{public_key}");
    }

    #[test]
    fn a_clock_is_before_or_after() {
        let text = |timestamp, now| VerifyErrorKind::Clock { timestamp, now }.to_string();
        assert!(text(1000, 1301).contains("is 301 seconds before the local time 1301"));
        assert!(text(1301, 1000).contains("is 301 seconds after the local time 1000"));
    }
}
