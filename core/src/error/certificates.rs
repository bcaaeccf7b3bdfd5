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
