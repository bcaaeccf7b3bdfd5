use serde::Serialize;
use wechatpay_core::cashcoupons::StockId;
use wechatpay_core::types::{Appid, Fen, Mchid};

use super::LedgerError;

const MAX_NAME: usize = 128;

/// What a campaign sends. The users come from its lists.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Plan {
    /// The name of the campaign. Another name gives other numbers, so the same users would get another coupon.
    pub campaign: String,
    /// The stock of which coupons are sent.
    pub stock_id: StockId,
    /// The merchant that created the stock.
    pub creator: Mchid,
    /// The app to which the openids belong.
    pub appid: Appid,
    /// What one coupon is worth, if it is known.
    pub face_value: Option<Fen>,
    /// How many coupons of the stock one user may have, if it is known.
    pub max_per_user: Option<u64>,
}

impl Plan {
    /// Plans a campaign.
    pub fn new(campaign: impl Into<String>, stock_id: StockId, creator: Mchid, appid: Appid) -> Self {
        Self { campaign: campaign.into(), stock_id, creator, appid, face_value: None, max_per_user: None }
    }

    /// Says what one coupon is worth.
    #[must_use]
    pub fn face_value(mut self, face_value: Fen) -> Self {
        self.face_value = Some(face_value);
        self
    }

    /// Says how many coupons of the stock one user may have.
    #[must_use]
    pub fn max_per_user(mut self, max_per_user: u64) -> Self {
        self.max_per_user = Some(max_per_user);
        self
    }

    pub(super) fn check_name(&self) -> Result<(), LedgerError> {
        let name = &self.campaign;
        if name.trim().is_empty() {
            return Err(LedgerError::Name("is empty"));
        }
        if name.chars().count() > MAX_NAME {
            return Err(LedgerError::Name("has more than 128 characters"));
        }
        if name.chars().any(char::is_control) || name.trim() != name {
            return Err(LedgerError::Name("contains control characters, or begins or ends with a space"));
        }
        Ok(())
    }
}

/// What planning a list has done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Planned {
    /// The rows of the list.
    pub rows: u64,
    /// Those that are new in the campaign.
    pub new: u64,
    /// Those that it had already.
    pub existing: u64,
    /// Of these, those whose other columns are not the same now. They stay as they were first.
    pub other_cells: u64,
    /// The intents of the campaign, from this list and from earlier ones.
    pub intents: u64,
    /// The users of the campaign.
    pub users: u64,
    /// Those with more than one intent.
    pub repeated_users: u64,
    /// The most intents of one user.
    pub most_per_user: u64,
    /// The users with more intents than [`max_per_user`](Plan::max_per_user).
    pub users_over_limit: u64,
    /// Other campaigns that send coupons of the same stock to some of the same users.
    pub overlaps: Vec<Overlap>,
}

/// Another campaign with the same stock and some of the same users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Overlap {
    /// Its name.
    pub campaign: String,
    /// How many of the users it has, too.
    pub users: u64,
}
