use serde::{Deserialize, Serialize};

use crate::cashcoupons::{BusinessType, CouponId, CouponType, CutTypeMsg, FixedValueStockMsg, StockId};
use crate::types::{Fen, Mchid, OutRequestNo, Timestamp, lenient, open_enum};

/// A coupon (代金券) as the platform describes it.
///
/// Carries what the official SDKs drop: `coupon_id`, `out_request_no`, `consume_information`, `available_balance`,
/// `business_type` and `discount_msg`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct Coupon {
    /// 创建方商户号: the merchant that created its stock.
    pub stock_creator_mchid: Mchid,
    /// 批次号: its stock.
    pub stock_id: StockId,
    /// 代金券 id: its id.
    pub coupon_id: CouponId,
    /// 商户单据号: the number it was sent with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_request_no: Option<OutRequestNo>,
    /// 单品优惠特定信息: what a single-item coupon does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_to_message: Option<CutTypeMsg>,
    /// 代金券名称: its name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub coupon_name: String,
    /// 代金券状态: its state.
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
    /// 是否无资金流: `true` is taken off the order (免充值), `false` is prefunded (预充值).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_cash: Option<bool>,
    /// 可用开始时间: from when it can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_begin_time: Option<Timestamp>,
    /// 可用结束时间: until when it can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_end_time: Option<Timestamp>,
    /// 是否单品优惠: whether it is for single items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub singleitem: Option<bool>,
    /// 普通满减券信息: amount and threshold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal_coupon_information: Option<FixedValueStockMsg>,
    /// 已实扣代金券信息: how it was used. Documented, but often absent even when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consume_information: Option<ConsumeInformation>,
    /// 折扣信息: the discount of a discount coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_msg: Option<DiscountMsg>,
    /// 可用余额: what is left of a `MULTIUSE` coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_balance: Option<Fen>,
    /// 业务类型: its business kind; absent for ordinary coupons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_type: Option<BusinessType>,
}

/// How a coupon was used (核销信息).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ConsumeInformation {
    /// 核销时间: when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consume_time: Option<Timestamp>,
    /// 核销商户号: at which merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consume_mchid: Option<Mchid>,
    /// 微信支付订单号: in which payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// 核销金额: how much; for `MULTIUSE` coupons only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consume_amount: Option<Fen>,
    /// 单品信息: for which goods.
    #[serde(default, deserialize_with = "lenient::or_default", skip_serializing_if = "Vec::is_empty")]
    pub goods_detail: Vec<GoodsDetail>,
}

/// Goods a coupon was used for (单品信息).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct GoodsDetail {
    /// 单品编码: which goods.
    pub goods_id: String,
    /// 单品数量: how many.
    #[serde(default, deserialize_with = "lenient::optional_int", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i64>,
    /// 单品单价: price of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Fen>,
    /// 优惠金额: what was taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_amount: Option<Fen>,
}

/// The discount of a discount coupon (折扣信息).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct DiscountMsg {
    /// 最高折扣金额: takes off at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_amount_max: Option<Fen>,
    /// 折扣百分比: per cent of the price.
    #[serde(default, deserialize_with = "lenient::optional_int", skip_serializing_if = "Option::is_none")]
    pub discount_percent: Option<i64>,
    /// 门槛: the order must come to this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_minimum: Option<Fen>,
}

open_enum! {
    /// State of a coupon (代金券状态).
    pub enum CouponStatus {
        /// 可用: the user has it and can use it. Spelled so by the platform.
        Sended = "SENDED",
        /// 已实扣: used.
        Used = "USED",
        /// 已过期: expired.
        Expired = "EXPIRED",
        /// 回收: taken back.
        Recover = "RECOVER",
        /// 作废: revoked. Seen by other SDKs, not documented.
        Revoked = "REVOKED",
    }
}
