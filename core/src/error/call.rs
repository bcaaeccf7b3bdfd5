use std::fmt;

use http::StatusCode;

use super::{
    Advice, ApiError, BuildError, DecodeError, DownloadError, ErrorCode, ListError, MismatchError, Outcome,
    Phase, StopReason, TransportError, VerifyError, causes,
};

/// Why an operation failed, by the stage at which it failed.
///
/// First ask [`outcome`](Self::outcome) whether the operation may have taken effect:
///
/// ```
/// use wechatpay_core::{Error, Outcome};
///
/// fn what_next(error: &Error) -> &'static str {
///     match error.outcome() {
///         // This call sent nothing. After a network failure, send the same request again.
///         Outcome::NotSent => "send again",
///         // WeChat Pay refused this call. Correct the request first.
///         Outcome::Rejected => "correct",
///         // The coupon may have been sent. Send the identical request again, with the same `out_request_no`.
///         Outcome::Unknown => "send the identical request again",
///         // The operation took effect, but its response could not be decoded. Query for details.
///         Outcome::Done => "query",
///     }
/// }
/// ```
///
/// Then look at the variant for the reason:
///
/// ```
/// use wechatpay_core::Error;
/// use wechatpay_core::error::ErrorCode;
///
/// fn reason(error: &Error) -> String {
///     match error {
///         Error::Api(api) if api.code() == Some(&ErrorCode::NotEnough) => "the budget is used up".to_owned(),
///         Error::Api(api) => format!("{}: {}", api.http_status(), api.message().unwrap_or_default()),
///         Error::Build(error) => format!("correct the request: {error}"),
///         Error::Transport(error) => format!("network: {error}"),
///         Error::Verify(error) => format!("possibly forged, or a wrong platform key: {error}"),
///         error => error.to_string(),
///     }
/// }
/// ```
///
/// A loop over many requests also asks [`advice`](Self::advice) what to do next: repeat this request, go on with the
/// next one, or stop.
///
/// | variant | outcome |
/// |---|---|
/// | [`Build`](Self::Build) | `NotSent` |
/// | [`Transport`](Self::Transport) | `NotSent` if certainly nothing was sent, otherwise `Unknown` |
/// | [`Verify`](Self::Verify) | `Unknown` |
/// | [`Api`](Self::Api) | `Rejected` for an unsigned 401 and a verified 4xx, see [`ApiError::outcome`]; otherwise `Unknown` |
/// | [`Mismatch`](Self::Mismatch) | `Unknown` |
/// | [`Decode`](Self::Decode) | `Done` if the response is verified, otherwise `Unknown` |
/// | [`Download`](Self::Download) | `Done` |
/// | [`List`](Self::List) | `Done` |
/// | [`Unresolved`](Self::Unresolved) | `Unknown` |
///
/// `{}` describes only this layer; `{:#}` adds all causes, in one line. The library adds no key, `Authorization` header,
/// openid or body. At most 500 characters of a platform's message are shown, without the openid of the request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request could not be built or signed.
    Build(#[from] BuildError),
    /// No complete response was received.
    Transport(#[from] TransportError),
    /// The response could not be verified.
    Verify(#[from] VerifyError),
    /// A response other than a success. It may come from an intermediary instead of the platform: see
    /// [`ApiError::is_verified`].
    Api(#[from] ApiError),
    /// The response is a success, but it belongs to another request.
    Mismatch(#[from] MismatchError),
    /// The response is a success, but could not be decoded. Whether it is verified, and so the operation has succeeded,
    /// says [`DecodeError::is_verified`].
    Decode(#[from] DecodeError),
    /// A response was received, but the file that it refers to must not be used. See [`DownloadError`].
    Download(#[from] DownloadError),
    /// All pages of a list were received, but it has more or fewer entries than it counts. See [`ListError`].
    List(#[from] ListError),
    /// A retry failed with the contained error, but an earlier attempt may have taken effect.
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
            Self::Verify(_) | Self::Mismatch(_) | Self::Unresolved { .. } => Outcome::Unknown,
            Self::Api(error) => error.outcome(),
            Self::Decode(error) => error.outcome(),
            Self::Download(_) | Self::List(_) => Outcome::Done,
        }
    }

    /// Returns what to do next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Build(error) => error.advice(),
            Self::Transport(error) => error.advice(),
            Self::Verify(error) => error.advice(),
            Self::Api(error) => error.advice(),
            // Something on the way mixes responses up, or replays them.
            Self::Mismatch(_) => Advice::Stop(StopReason::Setup),
            // The response to a repetition may be readable, and contains what this one did.
            Self::Decode(_) => Advice::SOON,
            // The list may have changed while it was read.
            Self::List(_) => Advice::SOON,
            Self::Download(error) => error.advice(),
            // The last rejection may be due to the earlier attempt, so it is not final.
            Self::Unresolved { last, .. } => match last.advice() {
                Advice::Change => Advice::SOON,
                advice => advice,
            },
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

    /// Returns the code of the platform's error response, if the operation ended with one.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.api()?.code()
    }

    /// Whether the operation ended because the platform received too many requests. See
    /// [`ApiError::is_rate_limited`].
    pub fn is_rate_limited(&self) -> bool {
        self.api().is_some_and(ApiError::is_rate_limited)
    }

    /// Returns the phase in which the last attempt failed, if no complete response was received and the driver knows it.
    pub fn phase(&self) -> Option<Phase> {
        match self {
            Self::Transport(error) => error.phase(),
            Self::Unresolved { last, .. } => last.phase(),
            _ => None,
        }
    }

    /// Returns the HTTP status of the last response, if there was one.
    pub fn http_status(&self) -> Option<StatusCode> {
        match self {
            Self::Api(error) => Some(error.http_status()),
            Self::Verify(error) => error.http_status(),
            Self::Mismatch(error) => Some(error.http_status()),
            Self::Decode(error) => Some(error.http_status()),
            Self::Unresolved { last, .. } => last.http_status(),
            Self::Build(_) | Self::Transport(_) | Self::Download(_) | Self::List(_) => None,
        }
    }

    /// Returns the platform's `Request-ID`. Quote it when you contact the platform's support.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.request_id(),
            Self::Verify(error) => error.request_id(),
            Self::Mismatch(error) => error.request_id(),
            Self::Decode(error) => error.request_id(),
            Self::Unresolved { last, .. } => last.request_id(),
            Self::Build(_) | Self::Transport(_) | Self::Download(_) | Self::List(_) => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(_) => f.write_str("the request could not be built")?,
            Self::Transport(_) => f.write_str("no complete response was received")?,
            Self::Verify(_) => f.write_str("the response could not be verified")?,
            Self::Api(error) if error.is_verified() => f.write_str("WeChat Pay returned an error")?,
            Self::Api(_) => f.write_str("the response is an unverified error")?,
            Self::Mismatch(_) => f.write_str("the response belongs to another request")?,
            Self::Decode(_) => f.write_str("the response could not be decoded")?,
            Self::Download(_) => f.write_str("the downloaded file must not be used")?,
            Self::List(_) => f.write_str("the list contradicts its own count")?,
            Self::Unresolved { attempts, .. } => write!(
                f,
                "the outcome is unknown after {attempts} attempts, because an earlier attempt may have taken effect"
            )?,
        }
        causes(self, f)
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

    #[test]
    fn an_error_says_whether_it_is_certainly_the_platforms() {
        use crate::error::{Context, VerifyErrorKind};
        let error = |status, verified| {
            let context = Context::new(StatusCode::from_u16(status).unwrap(), None);
            Error::from(ApiError::new(context, verified, None, &bytes::Bytes::from_static(b"{}"), None))
        };
        for (status, verified, text) in [
            (403, Ok(()), "WeChat Pay returned an error: access was denied (HTTP 403)"),
            (
                202,
                Ok(()),
                "WeChat Pay returned an error: the request was accepted but has not been processed yet (HTTP 202)",
            ),
            (
                403,
                Err(VerifyErrorKind::Unsigned),
                "the response is an unverified error: access was denied (HTTP 403, unverified because the message has no \
                 signature)",
            ),
            (
                407,
                Err(VerifyErrorKind::Unsigned),
                "the response is an unverified error: a proxy asks for credentials (HTTP 407, unverified because the \
                 message has no signature)",
            ),
        ] {
            assert_eq!(format!("{:#}", error(status, verified)), text);
        }
    }

    #[test]
    fn the_alternate_form_shows_all_causes() {
        let field = crate::types::InvalidField::new("stock_id", crate::types::FieldProblem::Empty);
        let error = Error::Unresolved { attempts: 2, last: Box::new(Error::Build(field.into())) };
        let text = format!("{error:#}");
        assert_eq!(text, format!("{error}: the request could not be built: stock_id is empty"));
    }
}
