use std::fmt;

use super::{Context, Error};
use crate::types::UnixSeconds;

/// An answer or callback that cannot be trusted: whoever sent it did not prove to be WeChat Pay.
#[derive(Debug)]
pub struct VerifyError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: VerifyErrorKind,
    context: Option<Context>,
    /// Why certificates that would have helped could not be fetched.
    fetch: Option<Error>,
}

/// What callers forgot who decrypt without a key.
pub(super) const NO_API_V3_KEY: &str =
    "the client has no APIv3 key: give it one with Client::with_api_v3_key";

/// What is wrong with a signature, or with what is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// A success or callback without any signature header. Treated as forged.
    Unsigned,
    /// Some signature headers are there, but not this one.
    MissingHeader {
        /// Its name.
        name: &'static str,
    },
    /// A signature header that is there more than once.
    DuplicateHeader {
        /// Its name.
        name: &'static str,
    },
    /// A signature header with an impossible value.
    MalformedHeader {
        /// Its name.
        name: &'static str,
        /// What is wrong with the value.
        problem: &'static str,
    },
    /// The signature's time is too far from ours. Check this machine's clock first.
    Clock {
        /// The time that was signed.
        timestamp: UnixSeconds,
        /// Our time.
        now: UnixSeconds,
    },
    /// A key that is not known under this serial number or public key id.
    UnknownSerial {
        /// The serial in the answer.
        serial: String,
        /// Those that are known.
        known: Vec<String>,
    },
    /// The certificate was not valid at this time. WeChat Pay never signs with an expired one.
    CertificateExpired {
        /// Its serial.
        serial: String,
    },
    /// The signature is not that key's signature of these bytes: tampered with, or never signed.
    WrongSignature {
        /// The serial of the key.
        serial: String,
    },
    /// A probe: WeChat Pay now and then sends wrong signatures that begin `WECHATPAY/SIGNTEST/`, to see that they
    /// are refused.
    Probe {
        /// The serial of the key.
        serial: String,
    },
    /// What is encrypted under the APIv3 key is not written as documented.
    Resource {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// What is encrypted under the APIv3 key does not decrypt: the key is another one, or it was tampered with.
    Decrypt,
    /// There is something to decrypt, and the client was given no APIv3 key.
    NoApiV3Key,
    /// A platform certificate that an answer brought cannot be one.
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
    pub(crate) fn with_failed_fetch(mut self, error: Error) -> Self {
        self.0.fetch = Some(error);
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

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.context {
            Some(context) => write!(f, "{} ({context})", self.0.kind)?,
            None => self.0.kind.fmt(f)?,
        }
        match self.0.fetch {
            Some(_) => f.write_str("; the platform's certificates could not be fetched"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for VerifyErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("there is no signature"),
            Self::MissingHeader { name } => write!(f, "the header {name} is missing"),
            Self::DuplicateHeader { name } => write!(f, "the header {name} is there more than once"),
            Self::MalformedHeader { name, problem } => write!(f, "the header {name} {problem}"),
            Self::Clock { timestamp, now } => write!(
                f,
                "signed at {timestamp}, {} s {} our time {now}; at most {} s are allowed",
                timestamp.abs_diff(*now),
                if timestamp < now { "before" } else { "after" },
                crate::verify::MAX_CLOCK_DIFFERENCE,
            ),
            Self::UnknownSerial { serial, known } => {
                write!(f, "signed with the key {serial:?}, which is not known; known are {known:?}")?;
                if serial.starts_with("PUB_KEY_ID_") {
                    f.write_str(": it is WeChat Pay's public key, which the console gives under this id; add it with PlatformKeys::add_public_key")?;
                }
                Ok(())
            }
            Self::CertificateExpired { serial } => {
                write!(f, "signed with the certificate {serial}, which is not valid now")
            }
            Self::WrongSignature { serial } => {
                write!(f, "the signature is not that of the key {serial}: tampered with, or a wrong key file")
            }
            Self::Probe { serial } => {
                write!(f, "a signature probe of WeChat Pay for the key {serial}, rightly refused")
            }
            Self::Resource { problem } => write!(f, "the encrypted resource {problem}"),
            Self::Decrypt => f.write_str(
                "the encrypted resource does not decrypt: the APIv3 key is not the one in the console, or it was \
                 tampered with",
            ),
            Self::NoApiV3Key => f.write_str(NO_API_V3_KEY),
            Self::Certificate { problem } => write!(f, "a platform certificate in the answer {problem}"),
        }
    }
}

/// The cause is that of a failed fetch of certificates, if there was one.
impl std::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.fetch.as_ref().map(|error| error as _)
    }
}
