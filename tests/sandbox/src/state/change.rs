//! The changes of what is stored: each one is written to the state file, if there is one, before it is made.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wechatpay_core::types::UnixSeconds;

use crate::faults::StoredFault;
use crate::limits::StoredTurns;
use crate::protocol::json::Object;
use crate::protocol::signing_keys::{KeyModes, NotificationKey, StoredCertificate};
use crate::protocol::standing::Standing;
use crate::state::coupon::{Coupon, Redemption, Refund};
use crate::state::entries::Entries;
use crate::state::notification::{Course, Notification};
use crate::state::platform_favor::PlatformFavor;
use crate::state::stock::{Status, Stock};

/// One change. It sets what it is about, so that making it twice is the same as making it once, and a snapshot may
/// already contain changes that follow it.
///
/// This is the format of the state file: whoever changes it counts up the format there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// Forgets everything but the keys.
    Reset,
    /// The seconds by which the platform's time is ahead of the real time.
    Clock(u64),
    /// The callback URL.
    Callback(String),
    SignedBy(NotificationKey),
    /// A new stock. Those that follow change it.
    Stock(Box<Stock>),
    Status {
        stock: String,
        status: Status,
        /// The name of the time in responses.
        name: Cow<'static, str>,
        at: UnixSeconds,
    },
    Merchants {
        stock: String,
        entries: Entries,
    },
    Items {
        stock: String,
        entries: Entries,
    },
    Budget {
        stock: String,
        max_amount: i64,
    },
    /// A coupon that was sent, and its use if a snapshot has it.
    Coupon(Coupon),
    Used {
        coupon: String,
        redemption: Redemption,
    },
    Refunded {
        coupon: String,
        refund: Refund,
    },
    PlatformFavor(PlatformFavor),
    Image {
        position: usize,
        image: Value,
    },
    Notification {
        number: u64,
        notification: Box<Notification>,
    },
    /// What became of a notification.
    Course {
        number: u64,
        course: Course,
    },
    /// A fault that is pending, or not any more.
    Fault(StoredFault),
    /// The limits, in the form of the request that sets them.
    Limits(Object),
    /// How often the rules of the limits were asked and met.
    Turns(Vec<StoredTurns>),
    /// The state of the merchant's certificate.
    Standing(Standing),
    /// A platform certificate, besides that of the credentials.
    Certificate(StoredCertificate),
    KeyModes(KeyModes),
    Counts(Counts),
}

/// What is only counted. It is written now and then, not before every answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// The number of requests per operation.
    pub(crate) requests: BTreeMap<String, u64>,
    /// The number of requests that the limits refused, by operation or by rule.
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) last_fault: u64,
}

/// Why a change does not fit the state. A file whose changes do not fit was not written by a sandbox alone.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Misfit(pub(crate) String);
