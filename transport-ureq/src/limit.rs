//! Which timeout was over, for the texts of errors.

use std::fmt;
use std::time::Duration;

use ureq::Timeout;
use ureq::config::Config;

/// A timeout, and how long it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    timeout: Timeout,
    length: Option<Duration>,
}

impl Limit {
    /// The timeout that ureq names, as it is configured.
    pub(crate) fn of(config: &Config, timeout: Timeout) -> Self {
        let timeouts = config.timeouts();
        let length = match timeout {
            Timeout::Global => timeouts.global,
            Timeout::PerCall => timeouts.per_call,
            Timeout::Resolve => timeouts.resolve,
            Timeout::Connect => timeouts.connect,
            Timeout::SendRequest => timeouts.send_request,
            Timeout::SendBody => timeouts.send_body,
            Timeout::RecvResponse => timeouts.recv_response,
            Timeout::RecvBody => timeouts.recv_body,
            Timeout::PerRead => config.timeout_per_read(),
            Timeout::PerWrite => config.timeout_per_write(),
            _ => None,
        };
        Self { timeout, length }
    }

    /// The timeout of a request.
    pub(crate) fn of_request(length: Duration) -> Self {
        Self { timeout: Timeout::Global, length: Some(length) }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.timeout {
            Timeout::Global => f.write_str("the attempt's timeout")?,
            Timeout::Connect => f.write_str("the connect timeout")?,
            other => write!(f, "the agent's timeout \"{other}\"")?,
        }
        match self.length {
            Some(length) => write!(f, " of {:?}", rounded(length)),
            None => Ok(()),
        }
    }
}

/// Returns a duration in milliseconds, as readers of an error need it.
pub(crate) fn rounded(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
