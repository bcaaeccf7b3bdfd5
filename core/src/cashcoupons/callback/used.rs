use serde::{Deserialize, Serialize};

use crate::cashcoupons::{
    BusinessType, ConsumeInformation, CouponId, CouponStatus, CouponType, FixedValueStockMsg, StockId,
};
use crate::notification::Event;
use crate::types::{Fen, Mchid, Timestamp, lenient};

/// 核销通知 `COUPON.USE`: a coupon was used in a payment.
///
/// [Documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012285250)
///
/// Sent to the address set with [`SetCallback`](crate::cashcoupons::SetCallback), for stocks that the merchant itself
/// created, once per redemption; there is no event for sending, refunding or expiring. Sent again, under the same
/// [`Notification::id`](crate::notification::Notification::id), until it is answered with 200 or 204. One coupon of the kind
/// `MULTIUSE` is used several times, so what identifies a redemption is `coupon_id` *and* `transaction_id`.
///
/// Its field names are not those of [`Coupon`](crate::cashcoupons::Coupon).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct CouponUsed {
    /// 创建方商户号: the merchant that created its stock.
    pub stock_creator_mchid: Mchid,
    /// 批次号: its stock.
    pub stock_id: StockId,
    /// 代金券 id: which coupon.
    pub coupon_id: CouponId,
    /// 单品优惠特定信息: what a single-item coupon is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub singleitem_discount_off: Option<SingleitemDiscountOff>,
    /// 减至优惠特定信息: what a single-item coupon brings the price down to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_to: Option<DiscountTo>,
    /// 代金券名称: its name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub coupon_name: String,
    /// 代金券状态: its state, `USED`.
    pub status: CouponStatus,
    /// 代金券描述说明: its description; may be empty.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: String,
    /// 领券时间: when the user got it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_time: Option<Timestamp>,
    /// 券类型: its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_type: Option<CouponType>,
    /// 是否无资金流: `true` was taken off the order (免充值), `false` was prefunded (预充值).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_cash: Option<bool>,
    /// 可用开始时间: from when it could be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_begin_time: Option<Timestamp>,
    /// 可用结束时间: until when it could be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_end_time: Option<Timestamp>,
    /// 是否单品优惠: whether it is for single items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub singleitem: Option<bool>,
    /// 普通满减券信息: amount and threshold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal_coupon_information: Option<FixedValueStockMsg>,
    /// 已实扣代金券信息: how it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consume_information: Option<ConsumeInformation>,
    /// 业务类型: its business kind; absent for ordinary coupons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_type: Option<BusinessType>,
}

impl Event for CouponUsed {
    const EVENT_TYPE: &'static str = "COUPON.USE";
}

/// What a single-item coupon is for (单品优惠特定信息), in a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct SingleitemDiscountOff {
    /// 单品最高优惠价格: the highest unit price it may be used for.
    pub single_price_max: Fen,
}

/// What a single-item coupon brings the price down to (减至优惠特定信息), in a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct DiscountTo {
    /// 减至后优惠单价: the unit price it brings the item down to.
    pub cut_to_price: Fen,
    /// 最高价格: the highest unit price it may be used for.
    pub max_price: Fen,
}
