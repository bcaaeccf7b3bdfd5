//! Coupons, and what has become of them.

use serde_json::{Value, json};
use wechatpay_core::cashcoupons::GoodsDetail;
use wechatpay_core::types::UnixSeconds;

use crate::calendar::rfc3339;
use crate::protocol::json::set;
use crate::state::stock::Stock;

pub(crate) struct Coupon {
    pub(crate) id: String,
    pub(crate) openid: String,
    pub(crate) stock_id: String,
    pub(crate) out_request_no: String,
    pub(crate) sent: UnixSeconds,
    pub(crate) used: Option<Redemption>,
}

/// How a coupon was used.
pub(crate) struct Redemption {
    pub(crate) at: UnixSeconds,
    pub(crate) mchid: String,
    pub(crate) transaction_id: String,
    /// What the order came to before the coupon, in fen.
    pub(crate) order_amount: i64,
    pub(crate) goods_detail: Vec<GoodsDetail>,
    pub(crate) refund: Option<Refund>,
}

/// How the payment, with the coupon in it, was given back. The redemption stays.
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

    /// All that the sandbox knows of it.
    pub(crate) fn whole_json(&self, stock: &Stock, now: UnixSeconds) -> Value {
        let mut json = self.json(stock, now);
        set(&mut json, "openid", Some(self.openid.clone().into()));
        if let Some(redemption) = &self.used {
            set(&mut json, "order_amount", Some(redemption.order_amount.into()));
            let refund_json =
                |refund: &Refund| json!({ "refund_id": refund.id, "refund_time": rfc3339(refund.at) });
            set(&mut json, "refund", redemption.refund.as_ref().map(refund_json));
        }
        json
    }

    /// As `QueryCoupon` answers it.
    pub(crate) fn json(&self, stock: &Stock, now: UnixSeconds) -> Value {
        let terms = &stock.terms;
        let mut json = json!({
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
        });
        set(&mut json, "normal_coupon_information", stock.amounts());
        set(&mut json, "consume_information", self.used.as_ref().map(Redemption::json));
        json
    }
}

impl Redemption {
    /// As `QueryCoupon` answers it.
    pub(crate) fn json(&self) -> Value {
        let mut json = json!({
            "consume_time": rfc3339(self.at),
            "consume_mchid": self.mchid,
            "transaction_id": self.transaction_id,
        });
        let goods = (!self.goods_detail.is_empty()).then(|| json!(self.goods_detail));
        set(&mut json, "goods_detail", goods);
        json
    }
}
