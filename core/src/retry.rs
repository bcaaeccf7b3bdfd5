//! Decides whether and when a request is retried. These are pure functions, so that a table of cases can test them.

use std::time::Duration;

use http::StatusCode;

use crate::error::{DownloadError, Error, TransportErrorKind, VerifyErrorKind};
use crate::request::Stamp;

/// How often a request is retried, how long each attempt may take, and how long to wait in between.
///
/// The wait before a retry starts at `first_delay`, doubles with each retry, and is limited to `max_delay`. A random
/// part of up to half of it is subtracted, so that clients do not retry in lockstep. A longer `Retry-After` takes
/// precedence. Neither attempts nor waits go beyond `total`.
///
/// There is no wait if the request was sent on a connection that had been kept open from an earlier request, and the
/// connection was closed before any byte of the response arrived: servers close idle connections at any time. The next
/// attempt then uses a new connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The maximum number of attempts, including the first.
    pub max_attempts: u32,
    /// The timeout per attempt.
    pub attempt_timeout: Duration,
    /// The time limit for the whole exchange, including waits.
    pub total: Duration,
    /// The wait before the first retry, from which the random part is subtracted.
    pub first_delay: Duration,
    /// The longest wait, unless `Retry-After` is longer.
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    /// Three attempts of at most 10 seconds each, within 30 seconds in total. `first_delay` is 0.5 seconds, and
    /// `max_delay` 5 seconds.
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
    /// A policy with a single attempt and no retries.
    pub fn never() -> Self {
        Self::default().with_max_attempts(1)
    }

    /// Sets the maximum number of attempts. At least one attempt is always made.
    #[must_use]
    pub fn with_max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = max_attempts;
        self
    }

    /// Sets the timeout per attempt.
    #[must_use]
    pub fn with_attempt_timeout(mut self, attempt_timeout: Duration) -> Self {
        self.attempt_timeout = attempt_timeout;
        self
    }

    /// Sets the time limit for the whole exchange, including waits.
    #[must_use]
    pub fn with_total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Sets the wait before the first retry, and the longest wait before a later one.
    #[must_use]
    pub fn with_delays(mut self, first_delay: Duration, max_delay: Duration) -> Self {
        (self.first_delay, self.max_delay) = (first_delay, max_delay);
        self
    }

    /// Returns the wait after `attempts` attempts. `retry_after` is the platform's `Retry-After`.
    pub(crate) fn delay(&self, attempts: u32, retry_after: Option<Duration>, jitter: u64) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        let full = self.first_delay.saturating_mul(1 << doublings).min(self.max_delay);
        let half = full.checked_div(2).unwrap_or_default();
        // Computes `half * jitter / u64::MAX` in integers, which `Duration` does not support. Nanoseconds in a `u64`
        // cover 584 years.
        let nanos = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        let random = u128::from(nanos).saturating_mul(jitter.into()).checked_div(u64::MAX.into());
        let random = random.and_then(|nanos| u64::try_from(nanos).ok()).map_or(half, Duration::from_nanos);
        half.saturating_add(random).max(retry_after.unwrap_or_default())
    }
}

/// Whether the request may be retried after this error without the risk of carrying out the operation twice.
pub(crate) fn may_retry(error: &Error, idempotent: bool) -> bool {
    match error {
        Error::Transport(error) => match error.kind() {
            TransportErrorKind::NotSent => true,
            TransportErrorKind::MaybeSent => idempotent,
            // The response would be as large the next time, and the client set up as before.
            TransportErrorKind::ResponseTooLarge { .. } | TransportErrorKind::Setup => false,
        },
        // The platform does not send a probe in response to a retry.
        Error::Api(error) => idempotent && (error.is_transient() || error.unverified().is_some_and(is_probe)),
        Error::Verify(error) => idempotent && is_probe(error.kind()),
        // The transfer may have been cut off or damaged.
        Error::Download(DownloadError::Hash { .. }) => idempotent,
        // A retry could receive the response of yet another request.
        Error::Mismatch(_) => false,
        Error::Build(_)
        | Error::Decode(_)
        | Error::Download(_)
        | Error::List(_)
        | Error::Unresolved { .. } => false,
    }
}

fn is_probe(kind: &VerifyErrorKind) -> bool {
    matches!(kind, VerifyErrorKind::Probe { .. })
}

/// Whether the host may be at fault, so that another host may succeed.
pub(crate) fn may_be_host_failure(error: &Error) -> bool {
    match error {
        Error::Transport(_) => true,
        Error::Api(error) => {
            let host =
                [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
            host.contains(&error.http_status())
        }
        _ => false,
    }
}

/// Derives the random bits for the next wait from the nonce, which is random, used once and not secret.
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
    use crate::error::{ApiError, BuildError, Context, MismatchError, TransportError, VerifyError};
    use crate::request::Nonce;

    fn context(status: u16) -> Context {
        Context::new(StatusCode::from_u16(status).unwrap(), None)
    }

    fn api(status: u16, verified: bool) -> Error {
        coded(status, verified, "")
    }

    fn coded(status: u16, verified: bool, code: &str) -> Error {
        let verified = if verified { Ok(()) } else { Err(VerifyErrorKind::Unsigned) };
        let body = Bytes::from(format!(r#"{{"code":"{code}"}}"#));
        ApiError::new(context(status), verified, None, &body, None).into()
    }

    #[test]
    fn each_error_is_retried_as_documented() {
        let transport = |kind: TransportErrorKind| Error::from(TransportError::from(kind));
        let verify = |kind| Error::from(VerifyError::new(kind, None));
        let serial = || "S".to_owned();
        let suspicious = |status| {
            let verified = Err(VerifyErrorKind::WrongSignature { serial: serial() });
            Error::from(ApiError::new(context(status), verified, None, &Bytes::new(), None))
        };
        let hash = || DownloadError::Hash { expected: String::new(), actual: String::new(), len: 1 };
        // (error, whether an idempotent operation may be retried, whether any other operation may)
        let table = [
            (transport(TransportErrorKind::NotSent), true, true),
            (transport(TransportErrorKind::MaybeSent), true, false),
            (transport(TransportErrorKind::ResponseTooLarge { cap: 1 }), false, false),
            (transport(TransportErrorKind::Setup), false, false),
            (api(202, true), true, false),
            (api(400, true), false, false),
            (api(401, false), false, false),
            (api(403, true), false, false),
            (api(404, true), false, false),
            (api(408, false), true, false),
            (api(429, true), true, false),
            (api(429, false), true, false),
            (api(500, true), true, false),
            (api(501, true), false, false),
            (api(502, false), true, false),
            (api(503, false), true, false),
            (api(504, false), true, false),
            // A status counts the same whatever is wrong with the signature.
            (suspicious(503), true, false),
            (suspicious(429), true, false),
            (suspicious(403), false, false),
            // The code decides too, but only if it is signed.
            (coded(403, true, "SYSTEM_ERROR"), true, false),
            (coded(403, true, "SYSTEMERROR"), true, false),
            (coded(403, true, "FREQUENCY_LIMIT_EXCEED"), true, false),
            (coded(400, true, "FREQUENCY_LIMITED"), true, false),
            (coded(400, true, "RATELIMIT_EXCEEDED"), true, false),
            (coded(404, true, "SERVICE_UNAVAILABLE"), true, false),
            (coded(403, true, "NOT_ENOUGH"), false, false),
            (coded(403, false, "SYSTEM_ERROR"), false, false),
            (verify(VerifyErrorKind::Probe { serial: serial() }), true, false),
            (verify(VerifyErrorKind::WrongSignature { serial: serial() }), false, false),
            (verify(VerifyErrorKind::Unsigned), false, false),
            (MismatchError::new("stock_id", context(200), Bytes::new()).into(), false, false),
            (BuildError::PathTemplate { template: "/" }.into(), false, false),
            (hash().into(), true, false),
            (DownloadError::Encoded { encoding: "gzip".into(), len: 1 }.into(), false, false),
            (DownloadError::Io(std::io::Error::other("full")).into(), false, false),
        ];
        for (error, idempotent, other) in table {
            assert_eq!(may_retry(&error, true), idempotent, "{error:?}");
            assert_eq!(may_retry(&error, false), other, "{error:?}");
        }
    }

    #[test]
    fn different_nonces_give_different_jitter() {
        let jitter = |nonce| jitter(&Stamp { unix_seconds: 0, nonce: Nonce::from_entropy(nonce) });
        let bits: BTreeSet<u64> = (0..=u8::MAX).map(|byte| jitter([byte; 16])).collect();
        assert_eq!(bits.len(), 256);
        // Retrying clients must be spread over the whole range of the wait.
        let upper = bits.iter().filter(|bits| **bits > u64::MAX / 2).count();
        assert!((64..=192).contains(&upper), "{upper} of 256 in the upper half");
    }

    /// Clients whose nonces differ in one digit only wait for different times.
    #[test]
    fn every_digit_of_a_nonce_changes_the_jitter() {
        let jitter = |nonce: &[u8; 32]| {
            let nonce = Nonce::parse(std::str::from_utf8(nonce).unwrap()).unwrap();
            jitter(&Stamp { unix_seconds: 0, nonce })
        };
        let zeros = jitter(&[b'0'; 32]);
        for (position, digit) in (0..32).flat_map(|position| b"19AFZaz".map(|digit| (position, digit))) {
            let mut nonce = [b'0'; 32];
            nonce[position] = digit;
            assert_ne!(jitter(&nonce), zeros, "{position} {digit}");
        }
    }

    #[test]
    fn another_host_is_tried_only_if_this_one_may_be_at_fault() {
        let transport = |kind: TransportErrorKind| Error::from(TransportError::from(kind));
        for (error, host_failure) in [
            (transport(TransportErrorKind::NotSent), true),
            (transport(TransportErrorKind::MaybeSent), true),
            (api(500, true), false),
            (api(501, false), false),
            (api(502, false), true),
            (api(503, true), true),
            (api(504, false), true),
            (api(429, true), false),
            (VerifyError::new(VerifyErrorKind::Unsigned, None).into(), false),
            (BuildError::PathTemplate { template: "/" }.into(), false),
        ] {
            assert_eq!(may_be_host_failure(&error), host_failure, "{error:?}");
        }
    }

    #[test]
    fn delays_double_up_to_a_limit_and_half_of_each_is_random() {
        let policy = RetryPolicy::default().with_delays(Duration::from_secs(1), Duration::from_secs(5));
        for (attempts, full) in [(1, 1000), (2, 2000), (3, 4000), (4, 5000), (5, 5000), (u32::MAX, 5000)] {
            let full = Duration::from_millis(full);
            assert_eq!(policy.delay(attempts, None, 0), full / 2);
            assert_eq!(policy.delay(attempts, None, u64::MAX), full);
        }
        // Half of the random part.
        assert_eq!(policy.delay(1, None, u64::MAX / 2).as_millis(), 749);
        assert_eq!(policy.delay(1, Some(Duration::from_secs(9)), 0), Duration::from_secs(9));
        assert_eq!(policy.delay(1, Some(Duration::ZERO), 0), Duration::from_millis(500));
        // Extreme values must not overflow.
        let forever = RetryPolicy::default().with_delays(Duration::MAX, Duration::MAX);
        for (attempts, jitter) in [(0, 0), (1, u64::MAX), (u32::MAX, u64::MAX / 3)] {
            assert!(forever.delay(attempts, Some(Duration::MAX), jitter) == Duration::MAX);
            assert!(forever.delay(attempts, None, jitter) >= Duration::MAX / 2);
        }
    }
}
