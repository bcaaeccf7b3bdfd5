use std::fmt;

use serde::{Deserialize, Serialize};
use wechatpay_core::cashcoupons::CouponUsed;
use wechatpay_core::notification::{Notification, Received};
use wechatpay_core::types::{Fen, UnixMillis};

/// A notification, to be kept. It should be [verified](Notification::is_verified). Its `Debug` output does not show its
/// content.
#[derive(Clone)]
pub struct Heard {
    pub(super) id: String,
    pub(super) received_at: UnixMillis,
    pub(super) created_at: Option<String>,
    pub(super) event_type: String,
    pub(super) resource: String,
    pub(super) used: Option<Use>,
    pub(super) original: Option<Original>,
}

/// A use of a coupon.
#[derive(Clone)]
pub(super) struct Use {
    pub(super) stock_id: String,
    pub(super) coupon_id: String,
    /// Empty if the notification has none.
    pub(super) transaction_id: String,
    pub(super) at: Option<UnixMillis>,
    pub(super) at_text: Option<String>,
    pub(super) fen: Option<i64>,
}

/// A callback as it was received.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Original {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Heard {
    /// A notification that was received at this time.
    pub fn new(notification: &Notification<CouponUsed>, received_at: UnixMillis) -> Self {
        let used = match &notification.event {
            Received::Known(used) => Some(Use::of(used)),
            Received::Unknown => None,
        };
        Self {
            id: notification.id.clone(),
            received_at,
            created_at: notification.create_time.as_ref().map(|time| time.as_str().to_owned()),
            event_type: notification.event_type.clone(),
            // What was decoded is UTF-8.
            resource: String::from_utf8_lossy(notification.resource()).into_owned(),
            used,
            original: None,
        }
    }

    /// Keeps the callback itself, too, until it is forwarded. `headers` should be those of the signature, and the body the
    /// bytes as received.
    #[must_use]
    pub fn to_forward(mut self, headers: Vec<(String, String)>, body: &[u8]) -> Self {
        // A callback that was verified and parsed is UTF-8.
        self.original = Some(Original { headers, body: String::from_utf8_lossy(body).into_owned() });
        self
    }
}

impl Use {
    fn of(used: &CouponUsed) -> Self {
        let payment = used.consume_information.as_ref();
        let time = payment.and_then(|payment| payment.consume_time.as_ref());
        let seconds = time.and_then(|time| u64::try_from(time.unix_seconds()?).ok());
        let whole = used.normal_coupon_information.as_ref().and_then(|coupon| coupon.coupon_amount);
        Self {
            stock_id: used.stock_id.to_string(),
            coupon_id: used.coupon_id.to_string(),
            transaction_id: payment.and_then(|payment| payment.transaction_id.clone()).unwrap_or_default(),
            at: seconds.map(|seconds| seconds.saturating_mul(1000)),
            at_text: time.map(|time| time.as_str().to_owned()),
            // Only a coupon that can be used in parts says how much of it was used.
            fen: payment.and_then(|payment| payment.consume_amount).or(whole).map(Fen::get),
        }
    }
}

/// A callback that is to be forwarded. Its `Debug` output does not show its content.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forward {
    /// Its number in the ledger, in the order in which notifications arrived.
    pub number: u64,
    /// The id of the notification.
    pub id: String,
    /// The headers as received, as they were given to [`Heard::to_forward`].
    pub headers: Vec<(String, String)>,
    /// The body as received.
    pub body: String,
    /// How often the receiver did not take it.
    pub failures: u32,
}

/// What became of a callback that was forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardEnd {
    /// The receiver took it.
    Taken {
        /// Its number.
        number: u64,
    },
    /// The receiver did not take it.
    Failed {
        /// Its number.
        number: u64,
        /// When it is to be forwarded again.
        again_at: UnixMillis,
    },
}

/// What is to be forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forwards {
    /// The first callback that is due.
    pub due: Option<Forward>,
    /// When the next one is due, if none is now. `None` if there is none.
    pub next: Option<UnixMillis>,
}

/// How many notifications a ledger has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HeardCounts {
    /// All of them.
    pub notifications: u64,
    /// Uses of coupons, of which callbacks told.
    pub uses: u64,
    /// Notifications that are still to be forwarded.
    pub to_forward: u64,
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heard")
            .field("id", &self.id)
            .field("event_type", &self.event_type)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward")
            .field("number", &self.number)
            .field("id", &self.id)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}
