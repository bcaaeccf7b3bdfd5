use serde::Serialize;
use wechatpay_core::bulk::IntentId;

/// What checking a ledger has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Checked {
    /// The intents that were checked.
    pub intents: u64,
    /// Their attempts.
    pub attempts: u64,
    /// What is wrong: the first thousand findings.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
}

/// Something that is wrong in a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What kind it is.
    pub kind: FindingKind,
    /// The intent.
    pub intent: Option<IntentId>,
    /// What is wrong, as a sentence. It contains no openid.
    pub text: String,
}

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// The file is damaged.
    Damaged,
    /// Something refers to what is not there.
    Orphan,
    /// The number is not the one that follows from merchant, campaign, key and ordinal.
    Number,
    /// The request is not the one that was planned.
    Fingerprint,
    /// The lane is not that of the user.
    Lane,
    /// The standing does not follow from the facts.
    Standing,
    /// Facts cannot be read.
    Unreadable,
    /// R3: two coupons for one number.
    TwoCoupons,
    /// R4: one coupon under two intents.
    OneCouponTwice,
    /// The counts do not add up.
    Sum,
    /// A flow file and its rows, or what they say, do not belong together.
    Flow,
}

impl Checked {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn add(&mut self, kind: FindingKind, intent: Option<IntentId>, text: impl Into<String>) {
        const MOST: usize = 1000;
        if self.findings.len() < MOST {
            self.findings.push(Finding { kind, intent, text: text.into() });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}
