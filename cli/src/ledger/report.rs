use serde::Serialize;
use wechatpay_core::cashcoupons::Stock;
use wechatpay_core::types::{Fen, UnixMillis};

use super::{Campaign, Counts, Minute, RefusalGroup};

/// All that a report shows of a campaign, at one moment. It has counts and sums only: no user and no key.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The campaign.
    pub campaign: Campaign,
    /// How many intents stand where.
    pub counts: Counts,
    /// Coupons that may be out, and are neither sent nor refused.
    pub may_be_out: u64,
    /// Attempts by minute.
    pub attempts: Vec<Minute>,
    /// Coupons that were sent, by minute: when the first answer with the coupon came, or when it was found.
    pub sent: Vec<Coupons>,
    /// Coupons that were used at least once, by the minute of their first use, from callbacks and flow files.
    pub used: Vec<Coupons>,
    /// Coupons of which the flow files have a use.
    pub booked_coupons: u64,
    /// What the flow files say was used, by minute.
    pub booked: Vec<Booked>,
    /// What the flow files say was refunded, by minute.
    pub refunded: Vec<Booked>,
    /// How long it took from sending to the first use.
    pub delays: Vec<Delays>,
    /// The refused intents by code.
    pub refusals: Vec<RefusalGroup>,
    /// The open differences, by class and age.
    pub differences: Vec<OpenDifferences>,
    /// How many differences are closed.
    pub closed_differences: u64,
    /// The last that was seen of the stock.
    pub stock: Option<SeenStock>,
    /// From where uses are known.
    pub sources: Sources,
}

/// Coupons of one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Coupons {
    /// When the minute begins. `None` for those whose time is not known.
    pub at: Option<UnixMillis>,
    /// How many.
    pub coupons: u64,
}

/// Rows of flow files of one minute. A row that several files have counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Booked {
    /// When the minute begins. `None` for rows whose time is not known.
    pub at: Option<UnixMillis>,
    /// How many rows.
    pub rows: u64,
    /// The sum of their amounts.
    pub fen: Fen,
}

/// Coupons that took about as long from sending to the first use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delays {
    /// How long it took.
    pub within: Delay,
    /// How many coupons.
    pub coupons: u64,
}

/// How long it took from sending to the first use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delay {
    /// It was used before it was sent.
    Before,
    /// Less than an hour.
    Hour,
    /// Less than six hours.
    SixHours,
    /// Less than a day.
    Day,
    /// Less than three days.
    ThreeDays,
    /// Less than a week.
    Week,
    /// Less than 30 days.
    Month,
    /// Longer.
    Longer,
}

impl Delay {
    /// All of them, the shortest one first.
    pub const ALL: [Self; 8] = [
        Self::Before,
        Self::Hour,
        Self::SixHours,
        Self::Day,
        Self::ThreeDays,
        Self::Week,
        Self::Month,
        Self::Longer,
    ];
}

/// Open differences of a class that are about as old.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OpenDifferences {
    /// The class, such as `U1`.
    pub class: String,
    /// How old they are.
    pub age: Age,
    /// How many.
    pub count: u64,
    /// When the oldest one was seen first.
    pub oldest: UnixMillis,
}

/// How old a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// Less than a day.
    Day,
    /// Less than three days.
    ThreeDays,
    /// Less than a week.
    Week,
    /// Less than 30 days.
    Month,
    /// Older.
    Older,
}

impl Age {
    /// All of them, the youngest one first.
    pub const ALL: [Self; 5] = [Self::Day, Self::ThreeDays, Self::Week, Self::Month, Self::Older];
}

/// A stock, as the platform described it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SeenStock {
    /// When it was asked for.
    pub at: UnixMillis,
    /// What it said.
    pub stock: Stock,
}

/// From where uses are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sources {
    /// Callbacks about the stock.
    pub callbacks: u64,
    /// When the last one came.
    pub last_callback: Option<UnixMillis>,
    /// Flow files of uses.
    pub use_files: u64,
    /// Flow files of refunds.
    pub refund_files: u64,
    /// When the last flow file was downloaded.
    pub last_file: Option<UnixMillis>,
}
