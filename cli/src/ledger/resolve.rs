use serde::Serialize;
use wechatpay_core::bulk::Decision;
use wechatpay_core::cashcoupons::CouponId;
use wechatpay_core::types::UnixMillis;

/// What a person says about intents.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// A decision.
    Decided(Decision),
    /// The coupon was found. For one intent only.
    Found(CouponId),
}

/// Who says it, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Who says it.
    pub who: String,
    /// Why.
    pub note: String,
    /// When it is said.
    pub at: UnixMillis,
}

/// What resolving has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Resolved {
    /// Intents that stand elsewhere now.
    pub changed: u64,
    /// Intents on which it has no effect, so nothing was written for them: those that were sent, for example.
    pub unchanged: u64,
}

/// A command that somebody gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// When.
    pub at: UnixMillis,
    /// Who gave it.
    pub who: String,
    /// Its name.
    pub command: String,
    /// What else was said.
    pub arguments: String,
}
