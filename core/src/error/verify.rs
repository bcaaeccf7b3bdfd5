use super::Context;
use crate::crypto::ResourceError;
use crate::types::{MAX_CLOCK_DIFFERENCE, UnixSeconds};

/// An answer or callback that cannot be trusted: whoever sent it did not prove to be WeChat Pay.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct VerifyError(Box<Inner>);

#[derive(Debug, thiserror::Error)]
#[error(
    "{kind}{}{}",
    context.as_ref().map(|context| format!(" ({context})")).unwrap_or_default(),
    if fetch.is_some() { "; the platform's certificates could not be fetched" } else { "" }
)]
struct Inner {
    kind: VerifyErrorKind,
    context: Option<Context>,
    /// Why certificates that would have helped could not be fetched.
    #[source]
    fetch: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What callers forgot who decrypt without a key.
pub(super) const NO_API_V3_KEY: &str =
    "the client has no APIv3 key: give it one with Client::with_api_v3_key";

/// What is wrong with a signature, or with what is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// A success or callback without any signature header. Treated as forged.
    #[error("there is no signature")]
    Unsigned,
    /// Some signature headers are there, but not this one.
    #[error("the header {name} is missing")]
    MissingHeader {
        /// Its name.
        name: &'static str,
    },
    /// A signature header that is there more than once.
    #[error("the header {name} is there more than once")]
    DuplicateHeader {
        /// Its name.
        name: &'static str,
    },
    /// A signature header with an impossible value.
    #[error("the header {name} {problem}")]
    MalformedHeader {
        /// Its name.
        name: &'static str,
        /// What is wrong with the value.
        problem: &'static str,
    },
    /// The signature's time is too far from ours. Check this machine's clock first.
    #[error(
        "signed at {timestamp}, {} s {} our time {now}; at most {MAX_CLOCK_DIFFERENCE} s are allowed",
        timestamp.abs_diff(*now),
        if timestamp < now { "before" } else { "after" }
    )]
    Clock {
        /// The time that was signed.
        timestamp: UnixSeconds,
        /// Our time.
        now: UnixSeconds,
    },
    /// A key that is not known under this serial number or public key id.
    #[error("signed with the key {serial:?}, which is not known; known are {known:?}{}", advice(serial))]
    UnknownSerial {
        /// The serial in the answer.
        serial: String,
        /// Those that are known.
        known: Vec<String>,
    },
    /// The certificate was not valid at this time. WeChat Pay never signs with an expired one.
    #[error("signed with the certificate {serial}, which is not valid now")]
    CertificateExpired {
        /// Its serial.
        serial: String,
    },
    /// The signature is not that key's signature of these bytes: tampered with, or never signed.
    #[error("the signature is not that of the key {serial}: tampered with, or a wrong key file")]
    WrongSignature {
        /// The serial of the key.
        serial: String,
    },
    /// A probe: WeChat Pay now and then sends wrong signatures that begin `WECHATPAY/SIGNTEST/`, to see that they
    /// are refused.
    #[error("a signature probe of WeChat Pay for the key {serial}, rightly refused")]
    Probe {
        /// The serial of the key.
        serial: String,
    },
    /// What is encrypted under the APIv3 key is not written as documented.
    #[error("the encrypted resource {problem}")]
    Resource {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// What is encrypted under the APIv3 key does not decrypt: the key is another one, or it was tampered with.
    #[error(
        "the encrypted resource does not decrypt: the APIv3 key is not the one in the console, or it was tampered with"
    )]
    Decrypt,
    /// There is something to decrypt, and the client was given no APIv3 key.
    #[error("{NO_API_V3_KEY}")]
    NoApiV3Key,
    /// A platform certificate that an answer brought cannot be one.
    #[error("a platform certificate in the answer {problem}")]
    Certificate {
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl VerifyError {
    pub(crate) fn new(kind: VerifyErrorKind, context: Option<Context>) -> Self {
        Self(Box::new(Inner { kind, context, fetch: None }))
    }

    /// Certificates were to be fetched because of it, and that failed.
    pub(crate) fn with_failed_fetch(mut self, error: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.fetch = Some(Box::new(error));
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> &VerifyErrorKind {
        &self.0.kind
    }

    /// The HTTP status, when it was an answer.
    pub fn status(&self) -> Option<http::StatusCode> {
        self.0.context.as_ref().map(|context| context.status)
    }

    /// The `Request-ID`, when there was one. It is no more trustworthy than the answer.
    pub fn request_id(&self) -> Option<&str> {
        self.0.context.as_ref()?.request_id.as_deref()
    }
}

/// What to do about a key that is not known.
fn advice(serial: &str) -> &'static str {
    if serial.starts_with("PUB_KEY_ID_") {
        ": it is WeChat Pay's public key, which the console gives under this id; add it with \
         PlatformKeys::add_public_key"
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
