use super::{ApiError, BuildError, DecodeError, DownloadError, Outcome, TransportError, VerifyError};

/// Why an operation failed, by the stage at which it failed.
///
/// `Display` describes only its own layer; follow [`source`](std::error::Error::source) for the causes. No variant
/// shows a key, an `Authorization` header, an openid or a body.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request could not be built or signed.
    #[error("the request could not be built")]
    Build(#[from] BuildError),
    /// No complete response was received.
    #[error("no complete response was received")]
    Transport(#[from] TransportError),
    /// The response could not be verified.
    #[error("the response could not be verified")]
    Verify(#[from] VerifyError),
    /// The platform returned an error response.
    #[error("WeChat Pay returned an error")]
    Api(#[from] ApiError),
    /// The operation succeeded and its response was verified, but the response could not be decoded.
    #[error("the response could not be decoded")]
    Decode(#[from] DecodeError),
    /// A response was received, but the file that it refers to must not be used. See [`DownloadError`].
    #[error("the downloaded file must not be used")]
    Download(#[from] DownloadError),
    /// A retry failed with the contained error, but an earlier attempt may have taken effect.
    #[error(
        "the outcome is unknown after {attempts} attempts, because an earlier attempt may have taken effect"
    )]
    Unresolved {
        /// The number of attempts made.
        attempts: u32,
        /// The error of the last attempt.
        #[source]
        last: Box<Error>,
    },
}

impl Error {
    /// Returns the outcome of the operation.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Build(_) => Outcome::NotSent,
            Self::Transport(error) => error.outcome(),
            Self::Verify(_) | Self::Unresolved { .. } => Outcome::Unknown,
            Self::Api(error) => error.outcome(),
            Self::Decode(_) | Self::Download(_) => Outcome::Done,
        }
    }

    /// Returns the platform's error response, if the operation ended with one.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            Self::Unresolved { last, .. } => last.api(),
            _ => None,
        }
    }

    /// Returns the platform's `Request-ID`. Quote it when you contact the platform's support.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.request_id(),
            Self::Verify(error) => error.request_id(),
            Self::Decode(error) => error.request_id(),
            Self::Unresolved { last, .. } => last.request_id(),
            Self::Build(_) | Self::Transport(_) | Self::Download(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stay_small() {
        // Every `Result` of the caller carries the error, so the large parts are boxed.
        assert!(size_of::<Error>() <= 64, "{}", size_of::<Error>());
        assert!(size_of::<ApiError>() <= 8, "{}", size_of::<ApiError>());
    }
}
