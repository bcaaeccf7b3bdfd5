use super::verify::NO_API_V3_KEY;
use super::{Advice, JsonError, StopReason};
use crate::crypto::CryptoError;
use crate::types::InvalidField;

/// A request could not be built or signed. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A field has a value that can never be valid.
    #[error(transparent)]
    Field(#[from] InvalidField),
    /// The operation's path and its fields do not match. This is a bug in the operation's implementation.
    #[error("the fields of the operation do not match its path {template}")]
    PathTemplate {
        /// The path with its parameters in braces.
        template: &'static str,
    },
    /// The body could not be serialised as JSON.
    #[error("the request body could not be serialised as JSON")]
    Json(#[source] JsonError),
    /// The parts do not form a valid HTTP request.
    #[error("the parts do not form a valid HTTP request")]
    Http(#[from] http::Error),
    /// The merchant's key could not sign.
    #[error("the request could not be signed with the merchant's key")]
    Sign(#[source] CryptoError),
    /// There is no entropy for a nonce, or the provider does not implement a hash.
    #[error("the crypto provider returned an error")]
    Crypto(#[source] CryptoError),
    /// One of the client's two hosts is WeChat Pay's and the other is not. A retry would send what was meant for one of
    /// them to the other.
    #[error(
        "the main host {main} and the backup host {backup} do not belong together: one is WeChat Pay's and the other is \
         not; set both with Client::with_base_url and Client::with_backup, or neither"
    )]
    Hosts {
        /// The main host: scheme, host and port.
        main: String,
        /// The backup host: scheme, host and port.
        backup: String,
    },
    /// The response will be encrypted, but the client has no APIv3 key.
    #[error("{NO_API_V3_KEY}")]
    NoApiV3Key,
}

impl BuildError {
    /// Returns what to do next: a wrong field concerns this request, anything else all of them.
    pub(super) fn advice(&self) -> Advice {
        match self {
            Self::Field(_) => Advice::Change,
            _ => Advice::Stop(StopReason::Setup),
        }
    }

    pub(crate) fn json(error: serde_json::Error) -> Self {
        Self::Json(JsonError::new(&error))
    }
}
