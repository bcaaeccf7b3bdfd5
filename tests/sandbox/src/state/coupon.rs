//! Coupons, their redemptions and refunds.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wechatpay_core::cashcoupons::GoodsDetail;
use wechatpay_core::types::UnixSeconds;

use crate::calendar::rfc3339;
use crate::protocol::json::{present, set};
use crate::state::id::Id;
use crate::state::numbered::Chosen;
use crate::state::stock::{Stock, StockId};

pub(crate) type CouponId = Id<20_000_001>;

/// There may be millions of them, so it is kept small.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Coupon {
    pub(crate) id: CouponId,
    pub(crate) stock_id: StockId,
    pub(crate) openid: Box<str>,
    pub(crate) out_request_no: Box<str>,
    pub(crate) sent: UnixSeconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) used: Option<Box<Redemption>>,
}

impl Chosen for Coupon {
    fn number(&self) -> &str {
        &self.out_request_no
    }
}

/// The use of a coupon in a payment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Redemption {
    pub(crate) at: UnixSeconds,
    pub(crate) mchid: Box<str>,
    pub(crate) transaction_id: Box<str>,
    /// The order amount before the coupon, in fen.
    pub(crate) order_amount: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) goods_detail: Vec<GoodsDetail>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refund: Option<Box<Refund>>,
}

/// The refund of the payment. The coupon stays redeemed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) at: UnixSeconds,
    pub(crate) id: String,
}

impl Coupon {
    pub(crate) fn status(&self, stock: &Stock, now: UnixSeconds) -> &'static str {
        match &self.used {
            Some(_) => "USED",
            None if stock.ended(now) => "EXPIRED",
            None => "SENDED",
        }
    }

    /// The coupon as in `QueryCoupon`, with the members that only the control interface returns.
    pub(crate) fn full_json(&self, stock: &Stock, now: UnixSeconds) -> Value {
        let mut json = self.json(stock, now);
        set(&mut json, "openid", &*self.openid);
        if let Some(redemption) = &self.used {
            set(&mut json, "order_amount", redemption.order_amount);
            if let Some(refund) = &redemption.refund {
                let (id, time) = (&refund.id, rfc3339(refund.at));
                set(&mut json, "refund", json!({ "refund_id": id, "refund_time": time }));
            }
        }
        json
    }

    /// The coupon as in the response of `QueryCoupon`.
    pub(crate) fn json(&self, stock: &Stock, now: UnixSeconds) -> Value {
        let terms = &stock.terms;
        present(json!({
            "stock_creator_mchid": stock.creator(),
            "stock_id": self.stock_id,
            "coupon_id": self.id,
            "out_request_no": self.out_request_no,
            "coupon_name": terms.stock_name,
            "status": self.status(stock, now),
            "description": stock.description(),
            "create_time": rfc3339(self.sent),
            "coupon_type": "NORMAL",
            "no_cash": terms.no_cash,
            "available_begin_time": terms.available_begin_time.as_str(),
            "available_end_time": terms.available_end_time.as_str(),
            "singleitem": !stock.items.entries.is_empty(),
            "normal_coupon_information": stock.amounts(),
            "consume_information": self.used.as_deref().map(Redemption::json),
        }))
    }
}

impl Refund {
    /// The id of a refund, 28 digits like a real one.
    pub(crate) fn id_of(coupon: CouponId) -> String {
        format!("50{:0>26}", coupon.to_string())
    }
}

impl Redemption {
    /// The id of a payment with a coupon, 28 digits like a real one.
    pub(crate) fn transaction_id_of(coupon: CouponId) -> String {
        format!("42{:0>26}", coupon.to_string())
    }

    /// The `consume_information` of `QueryCoupon`.
    pub(crate) fn json(&self) -> Value {
        present(json!({
            "consume_time": rfc3339(self.at),
            "consume_mchid": self.mchid,
            "transaction_id": self.transaction_id,
            "goods_detail": Some(&self.goods_detail).filter(|goods| !goods.is_empty()),
        }))
    }
}
