use std::sync::Arc;
use std::time::Duration;

use super::Advice;

type Cause = dyn std::error::Error + Send + Sync;

/// The platform certificates, one of which might verify a response, could not be fetched for it.
///
/// One call at a time fetches them for all calls of a merchant that wait for them, so the cause is shared.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", self.text())]
pub struct CertificatesError {
    #[source]
    cause: Option<Arc<Cause>>,
    advice: Advice,
    wait: Duration,
}

impl CertificatesError {
    /// `advice` is that of the cause.
    pub(crate) fn failed(cause: Arc<Cause>, advice: Advice, wait: Duration) -> Self {
        Self { cause: Some(cause), advice, wait }
    }

    /// They were fetched so recently that another fetch is not made.
    pub(crate) fn recent(wait: Duration) -> Self {
        Self { cause: None, advice: Advice::SOON, wait }
    }

    /// The call's deadline was over before they arrived.
    pub(crate) fn no_time() -> Self {
        Self::recent(Duration::ZERO)
    }

    /// Returns why the last fetch failed, which is an [`Error`](crate::Error). `None` if there was no time for a fetch,
    /// or if the last one succeeded.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.cause.as_deref()
    }

    /// Returns how long no other call fetches them, counted from the moment of this error.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// Returns what to do about the response that they were fetched for.
    pub(super) fn advice(&self) -> Advice {
        match self.advice {
            stop @ Advice::Stop(_) => stop,
            _ => Advice::SOON.after(Some(self.wait)),
        }
    }

    fn text(&self) -> String {
        let wait = self.wait.as_secs();
        match self.cause {
            Some(_) => format!(
                "the platform certificates could not be fetched; the next fetch is possible in {wait} s"
            ),
            None if self.wait.is_zero() => {
                "the deadline of the call was over before the platform certificates could be fetched"
                    .to_owned()
            }
            None => format!(
                "the platform certificates were fetched shortly before; the next fetch is possible in {wait} s"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, StopReason, TransportError, TransportErrorKind};

    #[test]
    fn the_reason_the_wait_and_the_advice_are_told() {
        let seconds = Duration::from_secs;
        let cause = Arc::new(Error::from(TransportError::from(TransportErrorKind::MaybeSent)));
        let failed = |advice| CertificatesError::failed(cause.clone(), advice, seconds(7));
        let repeat = |after| Advice::Repeat { after: seconds(after) };
        let stop = Advice::Stop(StopReason::Setup);
        for (error, wait, advice, text) in [
            (failed(stop), 7, stop, "could not be fetched; the next fetch is possible in 7 s"),
            // The request is not wrong, so there is nothing to change in it.
            (failed(Advice::Change), 7, repeat(7), "could not be fetched; the next fetch is possible in 7 s"),
            (failed(repeat(9)), 7, repeat(7), "could not be fetched; the next fetch is possible in 7 s"),
            (
                CertificatesError::recent(seconds(8)),
                8,
                repeat(8),
                "were fetched shortly before; the next fetch is possible in 8 s",
            ),
            (
                CertificatesError::no_time(),
                0,
                Advice::SOON,
                "the deadline of the call was over before the platform certificates could be fetched",
            ),
        ] {
            assert_eq!((error.wait(), error.advice()), (seconds(wait), advice));
            assert!(error.to_string().ends_with(text), "{error}");
            assert_eq!(error.cause().is_some(), text.contains("could not be fetched;"));
            let source = std::error::Error::source(&error).map(ToString::to_string);
            assert_eq!(source, error.cause().map(ToString::to_string));
        }
    }
}
