use super::{ApiError, BuildError, DecodeError, DownloadError, Outcome, TransportError, VerifyError};

/// Why an operation did not give its answer, by the stage at which it ended.
///
/// `Display` speaks of its own layer only; follow [`source`](std::error::Error::source) for the causes. No
/// variant shows a key, an `Authorization` header, an openid or a body.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request could not be built or signed.
    #[error("the request could not be built")]
    Build(#[from] BuildError),
    /// No answer was received.
    #[error("no answer was received")]
    Transport(#[from] TransportError),
    /// The answer cannot be trusted.
    #[error("the answer cannot be trusted")]
    Verify(#[from] VerifyError),
    /// The platform answered with an error.
    #[error("WeChat Pay answered with an error")]
    Api(#[from] ApiError),
    /// A success was received and verified, but could not be read.
    #[error("the answer could not be read")]
    Decode(#[from] DecodeError),
    /// The file behind an answer was received, but is not to be used.
    #[error("the downloaded file is not to be used")]
    Download(#[from] DownloadError),
    /// An earlier attempt may have taken effect, and repeating it ended with the error inside.
    #[error("still unresolved after {attempts} attempts, of which an earlier one may have taken effect")]
    Unresolved {
        /// How many attempts were made.
        attempts: u32,
        /// How the last one ended.
        #[source]
        last: Box<Error>,
    },
}

impl Error {
    /// What became of the operation.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Build(_) => Outcome::NotSent,
            Self::Transport(error) => error.outcome(),
            Self::Verify(_) | Self::Unresolved { .. } => Outcome::Unknown,
            Self::Api(error) => error.outcome(),
            Self::Decode(_) | Self::Download(_) => Outcome::Done,
        }
    }

    /// The platform's error answer, if that is how it ended.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            Self::Unresolved { last, .. } => last.api(),
            _ => None,
        }
    }

    /// The platform's `Request-ID`, to be given to its support.
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
        // An error travels through every `Result` of the caller; the large parts are boxed.
        assert!(size_of::<Error>() <= 64, "{}", size_of::<Error>());
        assert!(size_of::<ApiError>() <= 8, "{}", size_of::<ApiError>());
    }
}
