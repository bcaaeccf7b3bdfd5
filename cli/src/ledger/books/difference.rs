use serde::Serialize;
use wechatpay_core::types::UnixMillis;

use super::Class;

/// What the books of a campaign do not agree about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// Its id in the ledger.
    pub id: u64,
    /// What kind it is.
    pub class: Class,
    /// What it is about: the number of a request, a coupon with its transaction, a file. Unique in its class.
    pub key: String,
    /// What does not agree, as a sentence. It contains no openid.
    pub text: String,
    /// When it was found first.
    pub first_seen: UnixMillis,
    /// When it was found last.
    pub last_seen: UnixMillis,
    /// Whether somebody has to look at it.
    pub state: DifferenceState,
    /// When it was first not there any more.
    pub gone_at: Option<UnixMillis>,
    /// When a person closed it.
    pub closed_at: Option<UnixMillis>,
    /// Why the person closed it.
    pub note: Option<String>,
    /// Who closed it.
    pub who: Option<String>,
}

/// Whether somebody has to look at a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DifferenceState {
    /// It is there, and nobody has closed it.
    Open,
    /// A person closed it. If what it says changes, it is open again.
    Closed,
    /// The books agree by now: the file was imported, for example. If it comes back, it is open again, unless it was closed
    /// and still says the same.
    Gone,
}

/// How many differences there are, after the books were compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Differences {
    /// Those that are open.
    pub open: u64,
    /// Of these, those that were found for the first time.
    pub new: u64,
    /// Those that are there, and were closed.
    pub closed: u64,
    /// Those that are gone since the last time.
    pub gone: u64,
    /// Whether the campaign was stopped, because of two coupons for one number.
    pub stopped: bool,
}
