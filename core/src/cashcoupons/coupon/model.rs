use crate::cashcoupons::{BusinessType, CouponId, CouponType, CutTypeMsg, NormalCouponInformation, StockId};
use crate::types::{Fen, Mchid, OutRequestNo, Timestamp, open_enum, response};

response! {
    /// A coupon (代金券) as returned by the platform.
    ///
    /// Includes fields that the official SDKs lack: `coupon_id`, `out_request_no`, `consume_information`,
    /// `available_balance`, `business_type` and `discount_msg`.
    pub struct Coupon {
        /// 创建方商户号: merchant number of the stock's creator.
        pub stock_creator_mchid: Option<Mchid>,
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
        /// 代金券 id: ID of the coupon.
        required pub coupon_id: CouponId,
        /// 商户单据号: the request number with which the coupon was sent.
        pub out_request_no: Option<OutRequestNo>,
        /// 单品优惠特定信息: terms of a single-item coupon.
        pub cut_to_message: Option<CutTypeMsg>,
        /// 代金券名称: name of the coupon.
        pub coupon_name: String,
        /// 代金券状态: status of the coupon.
        required pub status: CouponStatus,
        /// 代金券描述说明: description of the coupon. May be empty.
        pub description: String,
        /// 领券时间: time at which the user received the coupon.
        pub create_time: Option<Timestamp>,
        /// 券类型: type of the coupon.
        pub coupon_type: Option<CouponType>,
        /// 是否无资金流: `true` for a deduction from the order (免充值), `false` for a prefunded coupon (预充值).
        pub no_cash: Option<bool>,
        /// 可用开始时间: start of the coupon's validity.
        pub available_begin_time: Option<Timestamp>,
        /// 可用结束时间: end of the coupon's validity.
        pub available_end_time: Option<Timestamp>,
        /// 是否单品优惠: whether the discount applies to single items.
        pub singleitem: Option<bool>,
        /// 普通满减券信息: discount amount and threshold.
        pub normal_coupon_information: Option<NormalCouponInformation>,
        /// 已实扣代金券信息: details of the redemption. Documented, but often absent even if the coupon was redeemed.
        pub consume_information: Option<ConsumeInformation>,
        /// 折扣信息: the discount of a discount coupon.
        pub discount_msg: Option<DiscountMsg>,
        /// 可用余额: remaining balance of a `MULTIUSE` coupon.
        pub available_balance: Option<Fen>,
        /// 业务类型: business type. Absent for ordinary coupons.
        pub business_type: Option<BusinessType>,
    }
}

response! {
    /// Details of a redemption (核销信息).
    pub struct ConsumeInformation {
        /// 核销时间: time of the redemption.
        pub consume_time: Option<Timestamp>,
        /// 核销商户号: merchant number of the merchant that redeemed the coupon.
        pub consume_mchid: Option<Mchid>,
        /// 微信支付订单号: transaction ID of the payment.
        pub transaction_id: Option<String>,
        /// 核销金额: redeemed amount. Only for `MULTIUSE` coupons.
        pub consume_amount: Option<Fen>,
        /// 单品信息: goods to which the coupon was applied.
        pub goods_detail: Vec<GoodsDetail>,
    }
}

response! {
    /// Goods to which a coupon was applied (单品信息).
    pub struct GoodsDetail {
        /// 单品编码: ID of the goods.
        pub goods_id: String,
        /// 单品数量: quantity.
        pub quantity: Option<i64>,
        /// 单品单价: unit price.
        pub price: Option<Fen>,
        /// 优惠金额: discount amount.
        pub discount_amount: Option<Fen>,
    }
}

response! {
    /// The discount of a discount coupon (折扣信息).
    pub struct DiscountMsg {
        /// 最高折扣金额: maximum discount amount.
        pub discount_amount_max: Option<Fen>,
        /// 折扣百分比: percentage of the price.
        pub discount_percent: Option<i64>,
        /// 门槛: minimum amount of the order.
        pub transaction_minimum: Option<Fen>,
    }
}

open_enum! {
    /// Status of a coupon (代金券状态).
    pub enum CouponStatus {
        /// 可用: the user holds the coupon and can use it. The misspelled value is the platform's.
        Sended = "SENDED",
        /// 已实扣: redeemed.
        Used = "USED",
        /// 已过期: expired.
        Expired = "EXPIRED",
        /// 回收: taken back from the user.
        Recover = "RECOVER",
        /// 作废: revoked. Not documented, but known to other SDKs.
        Revoked = "REVOKED",
    }
}
