//! When and after how long a request is repeated. Pure functions, so that a table can show them right.

use std::time::Duration;

use http::StatusCode;

use crate::error::{Error, TransportErrorKind, VerifyErrorKind};
use crate::request::Stamp;

/// How often, how long and how far apart requests are repeated.
///
/// The wait before the n-th retry doubles from `first_delay` up to `max_delay`, of which a random half is taken off,
/// so that many clients do not come back at once. `Retry-After` lengthens it. Nothing goes on beyond `total`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How many requests at most, the first included.
    pub max_attempts: u32,
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// How long all of it may take, waiting included.
    pub total: Duration,
    /// The wait before the first retry.
    pub first_delay: Duration,
    /// The longest wait, unless the platform asks for more.
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    /// Three attempts of 10 seconds within 30 seconds, 0.5 s apart and more.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            attempt_timeout: Duration::from_secs(10),
            total: Duration::from_secs(30),
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(5),
        }
    }
}

impl RetryPolicy {
    /// One attempt only.
    pub fn never() -> Self {
        Self::default().with_max_attempts(1)
    }

    /// Makes at most so many attempts; at least one is always made.
    #[must_use]
    pub fn with_max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = max_attempts;
        self
    }

    /// Gives each attempt so long.
    #[must_use]
    pub fn with_attempt_timeout(mut self, attempt_timeout: Duration) -> Self {
        self.attempt_timeout = attempt_timeout;
        self
    }

    /// Gives all attempts together so long.
    #[must_use]
    pub fn with_total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Waits so long before the first retry, and at most so long before a later one.
    #[must_use]
    pub fn with_delays(mut self, first_delay: Duration, max_delay: Duration) -> Self {
        (self.first_delay, self.max_delay) = (first_delay, max_delay);
        self
    }

    /// How long to wait after this many attempts.
    pub(crate) fn delay(&self, attempts: u32, asked: Option<Duration>, jitter: u64) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        let full = self.first_delay.saturating_mul(1 << doublings).min(self.max_delay);
        let half = full.checked_div(2).unwrap_or_default();
        // `half * jitter / u64::MAX` in whole numbers, which a `Duration` does not multiply by; 584 years are enough.
        let nanos = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        let random = u128::from(nanos).saturating_mul(jitter.into()).checked_div(u64::MAX.into());
        let random = random.and_then(|nanos| u64::try_from(nanos).ok()).map_or(half, Duration::from_nanos);
        half.saturating_add(random).max(asked.unwrap_or_default())
    }
}

/// Whether an attempt that ended so may be repeated without any risk of doing the operation twice.
pub(crate) fn may_retry(error: &Error, idempotent: bool) -> bool {
    match error {
        Error::Transport(error) => match error.kind() {
            TransportErrorKind::NotSent => true,
            TransportErrorKind::MaybeSent => idempotent,
            // It would be as large the next time.
            TransportErrorKind::ResponseTooLarge { .. } => false,
        },
        Error::Api(error) => {
            idempotent
                && matches!(
                    error.status(),
                    StatusCode::ACCEPTED
                        | StatusCode::TOO_MANY_REQUESTS
                        | StatusCode::INTERNAL_SERVER_ERROR
                        | StatusCode::BAD_GATEWAY
                        | StatusCode::SERVICE_UNAVAILABLE
                )
        }
        // A retry is never probed again.
        Error::Verify(error) => idempotent && matches!(error.kind(), VerifyErrorKind::Probe { .. }),
        Error::Build(_) | Error::Decode(_) | Error::Download(_) | Error::Unresolved { .. } => false,
    }
}

/// Whether it may be the host's fault, so that another host may do better.
pub(crate) fn blames_host(error: &Error) -> bool {
    match error {
        Error::Transport(_) => true,
        Error::Api(error) => {
            matches!(error.status(), StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE)
        }
        _ => false,
    }
}

/// Random bits for the next wait, taken from the nonce: it is random, never used again, and not secret.
pub(crate) fn jitter(stamp: &Stamp) -> u64 {
    let mut bits = [0_u8; 8];
    for (i, byte) in stamp.nonce.as_str().bytes().enumerate() {
        if let Some(bit) = bits.get_mut(i % 8) {
            *bit = bit.wrapping_mul(37).wrapping_add(byte);
        }
    }
    u64::from_le_bytes(bits)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bytes::Bytes;

    use super::*;
    use crate::error::{ApiError, BuildError, Context, TransportError, VerifyError};
    use crate::request::Nonce;

    fn api(status: u16, verified: bool) -> Error {
        let context = Context { status: StatusCode::from_u16(status).unwrap(), request_id: None };
        ApiError::new(context, verified, None, &Bytes::new()).into()
    }

    #[test]
    fn the_decision_table() {
        let transport = |kind: TransportErrorKind| Error::from(TransportError::from(kind));
        let verify = |kind| Error::from(VerifyError::new(kind, None));
        let serial = || "S".to_owned();
        // error, may an idempotent operation be repeated, may any other
        let table = [
            (transport(TransportErrorKind::NotSent), true, true),
            (transport(TransportErrorKind::MaybeSent), true, false),
            (transport(TransportErrorKind::ResponseTooLarge { cap: 1 }), false, false),
            (api(202, true), true, false),
            (api(400, true), false, false),
            (api(401, false), false, false),
            (api(403, true), false, false),
            (api(404, true), false, false),
            (api(408, false), false, false),
            (api(429, true), true, false),
            (api(429, false), true, false),
            (api(500, true), true, false),
            (api(501, true), false, false),
            (api(502, false), true, false),
            (api(503, false), true, false),
            (api(504, false), false, false),
            (verify(VerifyErrorKind::Probe { serial: serial() }), true, false),
            (verify(VerifyErrorKind::WrongSignature { serial: serial() }), false, false),
            (verify(VerifyErrorKind::Unsigned), false, false),
            (BuildError::PathTemplate { template: "/" }.into(), false, false),
        ];
        for (error, idempotent, other) in table {
            assert_eq!(may_retry(&error, true), idempotent, "{error:?}");
            assert_eq!(may_retry(&error, false), other, "{error:?}");
        }
    }

    #[test]
    fn jitter_differs_from_nonce_to_nonce() {
        let jitter = |nonce| jitter(&Stamp { unix_seconds: 0, nonce: Nonce::from_entropy(nonce) });
        let bits: BTreeSet<u64> = (0..=u8::MAX).map(|byte| jitter([byte; 16])).collect();
        assert_eq!(bits.len(), 256);
        // Clients that come back must be spread over the whole of the wait.
        let upper = bits.iter().filter(|bits| **bits > u64::MAX / 2).count();
        assert!((64..=192).contains(&upper), "{upper} of 256 in the upper half");
    }

    #[test]
    fn waits_double_up_to_a_cap_with_half_of_it_random() {
        let policy = RetryPolicy::default().with_delays(Duration::from_secs(1), Duration::from_secs(5));
        for (attempts, full) in [(1, 1000), (2, 2000), (3, 4000), (4, 5000), (5, 5000), (u32::MAX, 5000)] {
            let full = Duration::from_millis(full);
            assert_eq!(policy.delay(attempts, None, 0), full / 2);
            assert_eq!(policy.delay(attempts, None, u64::MAX), full);
        }
        assert_eq!(policy.delay(1, Some(Duration::from_secs(9)), 0), Duration::from_secs(9));
        assert_eq!(policy.delay(1, Some(Duration::ZERO), 0), Duration::from_millis(500));
        // What nobody means is no overflow either.
        let forever = RetryPolicy::default().with_delays(Duration::MAX, Duration::MAX);
        for (attempts, jitter) in [(0, 0), (1, u64::MAX), (u32::MAX, u64::MAX / 3)] {
            assert!(forever.delay(attempts, Some(Duration::MAX), jitter) == Duration::MAX);
            assert!(forever.delay(attempts, None, jitter) >= Duration::MAX / 2);
        }
    }
}
