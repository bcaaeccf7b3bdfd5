//! The time.

use std::time::{Duration, SystemTime};

use wechatpay_hyper::core::types::{UnixMillis, UnixSeconds};

pub(crate) fn unix_seconds() -> UnixSeconds {
    since_1970().as_secs()
}

pub(crate) fn unix_millis() -> UnixMillis {
    u64::try_from(since_1970().as_millis()).unwrap_or(UnixMillis::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the only clock of the program")]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO)
}
