//! What several operations share.

use serde::{Deserialize, Serialize};

use crate::types::{Fen, open_enum};

/// Amount and threshold of a coupon (固定面额满减券信息).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct FixedValueStockMsg {
    /// 面额: what the coupon takes off. More than 1 fen, at most 1000 yuan.
    pub coupon_amount: Fen,
    /// 门槛: the order must come to this. More than `coupon_amount`.
    pub transaction_minimum: Fen,
}

impl FixedValueStockMsg {
    /// A coupon of `coupon_amount` for orders from `transaction_minimum`.
    pub const fn new(coupon_amount: Fen, transaction_minimum: Fen) -> Self {
        Self { coupon_amount, transaction_minimum }
    }
}

/// What a single-item coupon does (单品优惠特定信息, 减至券).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct CutTypeMsg {
    /// 可用优惠的商品最高单价: the highest unit price it may be used for.
    pub single_price_max: Fen,
    /// 减至后的优惠单价: the unit price it brings the item down to.
    pub cut_to_price: Fen,
}

open_enum! {
    /// How an order is paid (支付方式).
    pub enum TradeType {
        /// 小程序支付: in a mini program.
        MicroApp = "MICROAPP",
        /// APP 支付: in an app.
        AppPay = "APPPAY",
        /// 免密支付: without a password.
        PPay = "PPAY",
        /// 付款码支付: by payment code.
        Card = "CARD",
        /// 刷脸支付: by face.
        Face = "FACE",
        /// 其他支付: otherwise.
        Other = "OTHER",
    }
}

open_enum! {
    /// Kind of a stock (批次类型). Only `NORMAL` can be created; answers know `NORMAL`, `DISCOUNT_CUT` and `OTHER`.
    pub enum StockType {
        /// 固定面额满减券: a fixed amount off.
        Normal = "NORMAL",
        /// 立减与折扣: an immediate reduction or a discount.
        DiscountCut = "DISCOUNT_CUT",
        /// 折扣券: a discount. Documented for creation, not open.
        Discount = "DISCOUNT",
        /// 换购券: an exchange. Spelled so in the documentation, and not open.
        Exchange = "EXCHAHGE",
        /// 千人千面券: an amount that differs by person. Documented for creation, not open.
        Random = "RANDOM",
        /// 其他: something else.
        Other = "OTHER",
    }
}

open_enum! {
    /// Kind of a coupon (券类型).
    pub enum CouponType {
        /// 满减券: an amount off.
        Normal = "NORMAL",
        /// 减至券: an item for a fixed price.
        CutTo = "CUT_TO",
    }
}

open_enum! {
    /// Business kind (业务类型) of a stock or coupon; absent for ordinary coupons.
    pub enum BusinessType {
        /// 消费金: a balance that is used up in several payments.
        MultiUse = "MULTIUSE",
    }
}

open_enum! {
    /// How a file's hash is computed (哈希算法类型).
    pub enum HashType {
        /// SHA-1, the only one there is.
        Sha1 = "SHA1",
    }
}

open_enum! {
    /// State of a stock of platform favors (立减金批次状态). No published operation uses it: see the feature
    /// `unpublished`.
    pub enum PlatformFavorStockStatus {
        /// 未激活: created, not yet activated.
        Unactivated = "UNACTIVATED",
        /// 运行中: coupons can be sent.
        Running = "RUNNING",
        /// 已暂停: paused.
        Paused = "PAUSED",
        /// 已过期: ended.
        Expired = "EXPIRED",
    }
}

open_enum! {
    /// When the budget of platform favors is debited (扣款方式). No published operation uses it: see the feature
    /// `unpublished`. What the values mean is inferred from their names.
    pub enum DeductBalanceMethod {
        /// The whole budget at once.
        BatchDeduct = "BATCH_DEDUCT",
        /// As coupons are used.
        RealtimeDeduct = "REALTIME_DEDUCT",
    }
}
