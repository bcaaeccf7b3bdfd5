use crate::cashcoupons::{
    BusinessType, ConsumeInformation, CouponId, CouponStatus, CouponType, NormalCouponInformation, StockId,
};
use crate::notification::Event;
use crate::types::{Fen, Mchid, Timestamp, response};

response! {
    /// 核销通知 `COUPON.USE`: a coupon was redeemed in a payment.
    ///
    /// [Documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012285250)
    ///
    /// The platform sends it to the URL set with [`SetCallback`](crate::cashcoupons::SetCallback), once per redemption, for
    /// stocks that the merchant itself created. There is no event for sending, refunding or expiring. The platform sends
    /// it again, with the same [`Notification::id`](crate::notification::Notification::id), until it receives status 200 or 204.
    /// A `MULTIUSE` coupon can be redeemed several times, so `coupon_id` *and* `transaction_id` identify a redemption.
    ///
    /// The field names differ from those of [`Coupon`](crate::cashcoupons::Coupon).
    pub struct CouponUsed {
        /// 创建方商户号: merchant number of the stock's creator.
        pub stock_creator_mchid: Option<Mchid>,
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
        /// 代金券 id: ID of the coupon.
        required pub coupon_id: CouponId,
        /// 单品优惠特定信息: the items for which a single-item coupon can be used.
        pub singleitem_discount_off: Option<SingleitemDiscountOff>,
        /// 减至优惠特定信息: the reduced price of a single-item coupon.
        pub discount_to: Option<DiscountTo>,
        /// 代金券名称: name of the coupon.
        pub coupon_name: String,
        /// 代金券状态: status of the coupon, `USED`.
        pub status: Option<CouponStatus>,
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
        /// 已实扣代金券信息: details of the redemption.
        pub consume_information: Option<ConsumeInformation>,
        /// 业务类型: business type. Absent for ordinary coupons.
        pub business_type: Option<BusinessType>,
    }
}

impl Event for CouponUsed {
    const EVENT_TYPE: &'static str = "COUPON.USE";
}

response! {
    /// The items for which a single-item coupon can be used (单品优惠特定信息), in a callback.
    #[derive(Copy)]
    pub struct SingleitemDiscountOff {
        /// 单品最高优惠价格: maximum unit price of an item for which the coupon can be used.
        pub single_price_max: Option<Fen>,
    }
}

response! {
    /// The reduced price of a single-item coupon (减至优惠特定信息), in a callback.
    #[derive(Copy)]
    pub struct DiscountTo {
        /// 减至后优惠单价: unit price of the item after the discount.
        pub cut_to_price: Option<Fen>,
        /// 最高价格: maximum unit price of an item for which the coupon can be used.
        pub max_price: Option<Fen>,
    }
}
