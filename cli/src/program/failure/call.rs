//! Failures of calls of the platform.

use wechatpay_hyper::core::bytes::Bytes;
use wechatpay_hyper::core::error::{ApiError, StopReason};
use wechatpay_hyper::core::{Advice, BuildError, Error, Outcome, SettingsError};

use crate::program::exit::Exit;
use crate::program::failure::report::Failure;
use crate::program::texts::{said, text};

/// The exit code after a single call.
fn exit_of(error: &Error) -> Exit {
    if let Error::Build(error) = error {
        return match error {
            BuildError::NoApiV3Key | BuildError::Hosts { .. } | BuildError::Sign(_) => Exit::Configuration,
            _ => Exit::Usage,
        };
    }
    match (error.outcome(), error.advice()) {
        (Outcome::Unknown, _) => Exit::Unresolved,
        (Outcome::NotSent, _) => Exit::Network,
        (Outcome::Rejected, Advice::Stop(_)) => Exit::Stopped,
        (Outcome::Rejected | Outcome::Done, _) => Exit::Failed,
    }
}

impl Failure {
    /// The failure of a call that only reads: nothing can be out, whatever became of it.
    pub(crate) fn reading(error: Error) -> Self {
        let exit = match exit_of(&error) {
            Exit::Unresolved if matches!(error, Error::Transport(_)) => Exit::Network,
            Exit::Unresolved => Exit::Failed,
            // What is asked for does not exist. Nothing has to be stopped.
            Exit::Stopped if error.advice() == Advice::Stop(StopReason::Stock) => Exit::Failed,
            exit => exit,
        };
        Self::from(error).ending(exit).outcome(text!("nothing was changed: the request only reads"))
    }
}

impl Failure {
    /// The failure of a call with the body of its response. `reads` says that the call changes nothing.
    pub(crate) fn with_body(error: Error, reads: bool) -> Self {
        let shown =
            body_of(&error).map(|(body, verified)| (String::from_utf8_lossy(body).into_owned(), verified));
        let failure = if reads { Self::reading(error) } else { Self::from(error) };
        match shown {
            Some((body, verified)) if !body.is_empty() => failure.body(body, verified),
            _ => failure,
        }
    }
}

/// The body of the response with which a call failed, and whether it is verified.
fn body_of(error: &Error) -> Option<(&Bytes, bool)> {
    match error {
        Error::Api(error) => Some((error.body(), error.is_verified())),
        Error::Verify(error) => Some((error.body(), false)),
        Error::Unresolved { last, .. } => body_of(last),
        _ => None,
    }
}

/// What an error is, without its causes.
fn says(error: &Error) -> String {
    match error {
        Error::Unresolved { attempts, .. } => text!(
            "the outcome is unknown after {attempts} attempts, because an earlier attempt may have taken effect",
            attempts = attempts
        ),
        other => said(&other.to_string()).to_owned(),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (outcome, advice) = (error.outcome(), error.advice());
        let failure = Self::new(exit_of(&error), says(&error));
        let failure = match std::error::Error::source(&error) {
            Some(source) => failure.because(source),
            None => failure,
        };
        let mut failure = failure
            .outcome(said(&outcome.to_string()))
            .advice(advised(advice))
            .with("outcome", serde_json::to_value(outcome).unwrap_or_default())
            .with("advice", serde_json::to_value(advice).unwrap_or_default());
        let code = error.code().map(|code| code.as_str().to_owned());
        let status = error.http_status().map(|status| status.as_u16());
        let internal = error.api().and_then(ApiError::internal_code).map(str::to_owned);
        let request_id = error.request_id().map(str::to_owned);
        for (name, value) in [
            ("code", serde_json::to_value(code)),
            ("http_status", serde_json::to_value(status)),
            ("internal_code", serde_json::to_value(internal)),
            ("request_id", serde_json::to_value(request_id)),
        ] {
            if let Some(value) = value.ok().filter(|value| !value.is_null()) {
                failure = failure.with(name, value);
            }
        }
        failure
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let problems: Vec<String> = error.problems().iter().map(|problem| format!("{problem:#}")).collect();
        let variables: Vec<&str> = error.problems().iter().map(|problem| problem.variable()).collect();
        Self::configuration(text!(
            "the settings cannot be used:{problems}",
            problems = format!("\n  - {}", problems.join("\n  - "))
        ))
        .with("variables", variables)
    }
}

fn advised(advice: Advice) -> String {
    match advice {
        Advice::Repeat { after } => {
            text!("repeat the identical request after {seconds} s", seconds = after.as_secs().max(1))
        }
        Advice::Change => text!("correct the request, or give it up"),
        Advice::Stop(reason) => text!("stop, and look at {reason}", reason = said(&reason.to_string())),
        _ => text!("ask somebody"),
    }
}
