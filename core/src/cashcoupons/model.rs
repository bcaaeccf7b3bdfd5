//! Types that several operations share.

use serde::{Deserialize, Serialize};

use crate::types::{Fen, open_enum, response};

/// Discount amount and threshold of the coupons of a new stock (固定面额满减券信息).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct FixedValueStockMsg {
    /// 面额: discount amount. More than 1 fen, at most 1000 yuan.
    pub coupon_amount: Fen,
    /// 门槛: minimum amount of the order. More than `coupon_amount`.
    pub transaction_minimum: Fen,
}

impl FixedValueStockMsg {
    /// Describes a coupon that deducts `coupon_amount` from orders of at least `transaction_minimum`.
    pub const fn new(coupon_amount: Fen, transaction_minimum: Fen) -> Self {
        Self { coupon_amount, transaction_minimum }
    }
}

response! {
    /// Discount amount and threshold of a coupon (普通满减券信息), as returned by the platform. For a new stock, see
    /// [`FixedValueStockMsg`].
    #[derive(Copy)]
    pub struct NormalCouponInformation {
        /// 面额: discount amount.
        pub coupon_amount: Option<Fen>,
        /// 门槛: minimum amount of the order.
        pub transaction_minimum: Option<Fen>,
    }
}

response! {
    /// Terms of a single-item coupon (单品优惠特定信息, 减至券).
    #[derive(Copy)]
    pub struct CutTypeMsg {
        /// 可用优惠的商品最高单价: maximum unit price of an item for which the coupon can be used.
        pub single_price_max: Option<Fen>,
        /// 减至后的优惠单价: unit price of the item after the discount.
        pub cut_to_price: Option<Fen>,
    }
}

open_enum! {
    /// How an order is paid (支付方式).
    pub enum TradeType {
        /// 小程序支付: payment in a mini program.
        MicroApp = "MICROAPP",
        /// APP 支付: payment in an app.
        AppPay = "APPPAY",
        /// 免密支付: payment without a password.
        PPay = "PPAY",
        /// 付款码支付: payment by payment code.
        Card = "CARD",
        /// 刷脸支付: payment by face recognition.
        Face = "FACE",
        /// 其他支付: any other way of payment.
        Other = "OTHER",
    }
}

open_enum! {
    /// Type of a stock (批次类型). Only `NORMAL` can be created. Responses have `NORMAL`, `DISCOUNT_CUT` or `OTHER`.
    pub enum StockType {
        /// 固定面额满减券: a fixed discount amount.
        Normal = "NORMAL",
        /// 立减与折扣: an immediate reduction or a discount.
        DiscountCut = "DISCOUNT_CUT",
        /// 折扣券: a percentage discount. Documented for creation, but not available.
        Discount = "DISCOUNT",
        /// 换购券: an exchange coupon. The misspelled value is the documented one. Not available.
        Exchange = "EXCHAHGE",
        /// 千人千面券: a discount amount that differs per user. Documented for creation, but not available.
        Random = "RANDOM",
        /// 其他: any other type.
        Other = "OTHER",
    }
}

open_enum! {
    /// Type of a coupon (券类型).
    pub enum CouponType {
        /// 满减券: deducts an amount from the order.
        Normal = "NORMAL",
        /// 减至券: reduces an item to a fixed price.
        CutTo = "CUT_TO",
    }
}

open_enum! {
    /// Business type (业务类型) of a stock or coupon. Absent for ordinary coupons.
    pub enum BusinessType {
        /// 消费金: a balance that can be spent in several payments.
        MultiUse = "MULTIUSE",
    }
}

open_enum! {
    /// Hash algorithm of a file (哈希算法类型).
    pub enum HashType {
        /// SHA-1, the only algorithm in use.
        Sha1 = "SHA1",
    }
}

open_enum! {
    /// Status of a stock of platform favors (立减金批次状态). Only operations behind the feature `unpublished` use it.
    pub enum PlatformFavorStockStatus {
        /// 未激活: created, but not activated yet.
        Unactivated = "UNACTIVATED",
        /// 运行中: coupons can be sent.
        Running = "RUNNING",
        /// 已暂停: paused.
        Paused = "PAUSED",
        /// 已过期: expired.
        Expired = "EXPIRED",
    }
}

open_enum! {
    /// When the budget of platform favors is debited (扣款方式). Only operations behind the feature `unpublished` use
    /// it. The meaning of the values is inferred from their names.
    pub enum DeductBalanceMethod {
        /// Debits the whole budget at once.
        BatchDeduct = "BATCH_DEDUCT",
        /// Debits the budget as coupons are redeemed.
        RealtimeDeduct = "REALTIME_DEDUCT",
    }
}
