use std::fmt;

use super::JsonError;
use super::verify::NO_API_V3_KEY;
use crate::crypto::CryptoError;
use crate::field::InvalidField;

/// A request could not be built or signed. Nothing was sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// A field can never be right.
    Field(InvalidField),
    /// The operation's path template and its parameters do not fit: a mistake in the operation's code.
    PathTemplate {
        /// The template.
        template: &'static str,
    },
    /// The body could not be written as JSON.
    Json(JsonError),
    /// What was put together is no valid HTTP request.
    Http(http::Error),
    /// The merchant's key could not sign.
    Sign(CryptoError),
    /// There is no entropy for a nonce, or the provider lacks a hash.
    Crypto(CryptoError),
    /// The answer will be encrypted, and the client was given no APIv3 key.
    NoApiV3Key,
}

impl BuildError {
    pub(crate) fn json(error: serde_json::Error) -> Self {
        Self::Json(JsonError::new(&error))
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The only layer that has something to say is the field itself.
            Self::Field(field) => field.fmt(f),
            Self::PathTemplate { template } => write!(f, "the parameters do not fit the path {template}"),
            Self::Json(_) => f.write_str("the body cannot be written as JSON"),
            Self::Http(_) => f.write_str("not a valid HTTP request"),
            Self::Sign(_) => f.write_str("the merchant's key could not sign"),
            Self::Crypto(_) => f.write_str("the crypto provider failed"),
            Self::NoApiV3Key => f.write_str(NO_API_V3_KEY),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Field(_) | Self::PathTemplate { .. } | Self::NoApiV3Key => None,
            Self::Json(source) => Some(source),
            Self::Http(source) => Some(source),
            Self::Sign(source) | Self::Crypto(source) => Some(source),
        }
    }
}

impl From<InvalidField> for BuildError {
    fn from(source: InvalidField) -> Self {
        Self::Field(source)
    }
}

impl From<http::Error> for BuildError {
    fn from(source: http::Error) -> Self {
        Self::Http(source)
    }
}
