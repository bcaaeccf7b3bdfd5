//! The documented rate limits, for one merchant that calls from one address.

use crate::limits::rates::Rate;

const fn per_second(requests: u64) -> Rate {
    Rate { per_second: Some(requests), per_minute: None }
}

const fn per_minute(requests: u64) -> Rate {
    Rate { per_second: None, per_minute: Some(requests) }
}

/// The documented limits by the name of the operation. Where there is one for a merchant or an address and another in
/// all, it is the smaller one. No limit is documented for the other operations.
pub(super) const DOCUMENTED: &[(&str, Rate)] = &[
    ("stock.create", per_minute(60)),
    ("stock.start", per_minute(60)),
    ("stock.pause", per_minute(60)),
    ("stock.restart", per_minute(60)),
    ("stock.query", per_second(500)),
    ("stock.list", per_second(500)),
    ("stock.merchants", per_minute(1000)),
    ("stock.items", per_minute(200)),
    ("stock.use_flow", per_minute(5)),
    ("stock.refund_flow", per_minute(5)),
    ("stock.modify_budget", per_minute(1000)),
    ("coupon.send", per_second(500)),
    ("coupon.list", per_second(500)),
    ("coupon.query", per_second(500)),
    ("callback.set", per_minute(5)),
    ("callback.query", per_second(2000)),
    ("media.upload", per_minute(100)),
    ("platform_favor.create", per_minute(1000)),
    ("platform_favor.query", per_second(500)),
    ("certificates.download", per_second(1000)),
];
