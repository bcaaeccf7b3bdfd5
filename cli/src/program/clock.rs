//! The time.

use std::time::{Duration, SystemTime};

use wechatpay_hyper::core::types::UnixSeconds;

#[expect(clippy::disallowed_methods, reason = "the only clock of the program")]
pub(crate) fn unix_seconds() -> UnixSeconds {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}
