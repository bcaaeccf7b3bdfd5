use std::fmt;
use std::time::Duration;

use ureq::config::Config;
use ureq::unversioned::transport::time::{Duration as UreqDuration, Instant as UreqInstant};
use ureq::unversioned::transport::{ConnectionDetails, NextTimeout};

use crate::clock::{Deadline, FAR};
use crate::limit::Limit;

/// The time in which one connection is made: the lookup, TCP, the tunnel through a proxy and TLS together. Its `Display`
/// names the timeout that limits it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub(super) deadline: Deadline,
    timeout: NextTimeout,
    limit: Limit,
}

impl Budget {
    /// This timeout, from now.
    pub(super) fn new(config: &Config, timeout: NextTimeout) -> Self {
        let deadline = Deadline::after(length(timeout));
        Self { deadline, timeout, limit: Limit::of(config, timeout.reason) }
    }

    /// The connect timeout, or what is left of the request's timeout if that is shorter.
    pub(super) fn of(details: &ConnectionDetails<'_>) -> Self {
        let budget = Self::new(details.config, details.timeout);
        match details.now {
            UreqInstant::Exact(now) => {
                Self { deadline: Deadline::of(now, length(details.timeout)), ..budget }
            }
            _ => budget,
        }
    }

    /// Returns the time that is left, or `None` when it is over.
    pub(super) fn left(&self) -> Option<Duration> {
        self.deadline.left()
    }

    /// Returns the time that is left for ureq's interfaces.
    pub(super) fn timeout(&self) -> NextTimeout {
        NextTimeout { after: UreqDuration::Exact(self.left().unwrap_or_default()), ..self.timeout }
    }
}

fn length(timeout: NextTimeout) -> Duration {
    match timeout.after {
        UreqDuration::Exact(length) => length,
        UreqDuration::NotHappening => FAR,
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.limit.fmt(f)
    }
}
