use std::fmt;

use serde::Serialize;
use wechatpay_core::bulk::{Details, IntentId, Standing, Verdict};
use wechatpay_core::types::{Openid, OutRequestNo, UnixMillis};

/// How many intents of a campaign stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Nothing was tried.
    pub planned: u64,
    /// An attempt is under way, or its process has ended.
    pub sending: u64,
    /// The identical request is to be repeated.
    pub retry: u64,
    /// The user has the coupon.
    pub sent: u64,
    /// Refused; there is no coupon.
    pub refused: u64,
    /// There may be a coupon. A query or a person settles it.
    pub doubtful: u64,
    /// Not to be sent.
    pub cancelled: u64,
}

impl Counts {
    /// Returns the count of a standing by its [name](Standing::name).
    pub(super) fn named(&mut self, name: &str) -> Option<&mut u64> {
        Some(match name {
            "planned" => &mut self.planned,
            "sending" => &mut self.sending,
            "retry" => &mut self.retry,
            "sent" => &mut self.sent,
            "refused" => &mut self.refused,
            "doubtful" => &mut self.doubtful,
            "cancelled" => &mut self.cancelled,
            _ => return None,
        })
    }

    /// Returns how many intents the campaign has.
    pub fn total(&self) -> u64 {
        self.open().saturating_add(self.sent).saturating_add(self.refused).saturating_add(self.cancelled)
    }

    /// Returns how many are not final.
    pub fn open(&self) -> u64 {
        self.planned.saturating_add(self.sending).saturating_add(self.retry).saturating_add(self.doubtful)
    }
}

/// Intents that were refused for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RefusalGroup {
    /// The platform's code. `None` if the request could not be built, or a person decided.
    pub code: Option<String>,
    /// The number at the end of the `Request-ID`.
    pub internal_code: Option<String>,
    /// The text of one of them.
    pub text: Option<String>,
    /// How many there are.
    pub intents: u64,
}

/// What was begun in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Minute {
    /// When the minute begins.
    pub at: UnixMillis,
    /// The attempts.
    pub attempts: u64,
    /// Those with a coupon.
    pub sent: u64,
    /// Those that the platform refused because there were too many (429).
    pub rate_limited: u64,
}

/// A process that works on a campaign, where several can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Worker {
    /// Its number in the ledger.
    pub id: u64,
    /// Its name, for people.
    pub name: String,
    /// When it began.
    pub began_at: UnixMillis,
    /// When it was last heard of, some seconds ago at most.
    pub seen_at: UnixMillis,
    /// How many of the 256 lanes it has at the moment.
    pub lanes: u64,
}

/// Which intents of a campaign are meant.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selection {
    /// All.
    All,
    /// Those that are not final.
    Open,
    /// Those with a standing of this [name](Standing::name).
    Standing(String),
    /// Those with this key.
    Key(String),
    /// The one with this number.
    Number(OutRequestNo),
    /// The one with this id.
    Id(IntentId),
}

/// An intent of a campaign with its last attempt. Its `Debug` output shows neither the user nor the key, which may be the
/// openid.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IntentRow {
    /// Its id in the ledger.
    pub id: IntentId,
    /// Its key, unless the openid is the key, or was and is forgotten.
    pub key: Option<String>,
    /// The how-many-th intent of the key it is.
    pub ordinal: u64,
    /// The user. `None` if the openid was forgotten.
    pub openid: Option<Openid>,
    /// The cells of the other columns of the list, in their order. `None` if its list had no such column.
    pub others: Vec<Option<String>>,
    /// The number of its request.
    pub out_request_no: OutRequestNo,
    /// Where it stands.
    pub standing: Standing,
    /// Whether an attempt may have taken effect.
    pub may_have_happened: bool,
    /// How many attempts there are.
    pub attempts: u64,
    /// The last of them.
    pub last: Option<LastAttempt>,
}

/// The last attempt of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LastAttempt {
    /// When it began.
    pub began_at: UnixMillis,
    /// When it ended. `None` if it is under way, or its process has ended.
    pub ended_at: Option<UnixMillis>,
    /// What its end says.
    pub verdict: Option<Verdict>,
    /// Details of its end.
    pub details: Details,
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            Self::Open => f.write_str("Open"),
            Self::Standing(name) => f.debug_tuple("Standing").field(name).finish(),
            // The key may be the openid.
            Self::Key(_) => f.write_str("Key(…)"),
            Self::Number(number) => f.debug_tuple("Number").field(number).finish(),
            Self::Id(id) => f.debug_tuple("Id").field(id).finish(),
        }
    }
}

impl fmt::Debug for IntentRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntentRow")
            .field("id", &self.id)
            .field("out_request_no", &self.out_request_no)
            .field("standing", &self.standing)
            .field("may_have_happened", &self.may_have_happened)
            .field("attempts", &self.attempts)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}
