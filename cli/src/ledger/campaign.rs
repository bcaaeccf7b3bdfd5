use serde::Serialize;
use wechatpay_core::bulk::{Health, Stop};
use wechatpay_core::cashcoupons::StockId;
use wechatpay_core::types::{Appid, Fen, Mchid, UnixMillis};

/// A campaign, as the ledger has it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Campaign {
    /// Its name, unique in the ledger.
    pub name: String,
    /// The stock of which coupons are sent.
    pub stock_id: StockId,
    /// The merchant that created the stock.
    pub creator: Mchid,
    /// The app to which the openids belong.
    pub appid: Appid,
    /// What one coupon is worth, if it was said.
    pub face_value: Option<Fen>,
    /// The names of the columns of its lists, in their order.
    pub columns: Vec<String>,
    /// The column with the keys, unless the openid is the key.
    pub key_column: Option<String>,
    /// When it was planned first.
    pub created_at: UnixMillis,
    /// Whether a person paused it.
    pub paused: bool,
    /// Why it stopped, if it did.
    pub stop: Option<Stop>,
    /// When it stopped.
    pub stopped_at: Option<UnixMillis>,
    /// The state of its breakers.
    pub health: Health,
}

impl Campaign {
    /// Whether nothing is sent until a person resumes it.
    pub fn is_held(&self) -> bool {
        self.paused || self.stop.is_some()
    }
}
