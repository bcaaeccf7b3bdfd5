//! Cash coupons (代金券): stocks (批次) of coupons, and the coupons that users hold.
//!
//! The operations of the official Go package `services/cashcoupons`, named as there, and those that it lacks; its
//! names are found by searching these pages. Every type of its `Request` suffix is an operation here:
//! `SendCouponRequest` is [`SendCoupon`].
//!
//! | task | operations |
//! |---|---|
//! | upload its pictures | [`UploadMarketingImage`] |
//! | make a stock | [`CreateCouponStock`], wait a minute, [`StartStock`]; [`StopStock`] instead of starting it |
//! | hand out coupons | [`SendCoupon`] |
//! | hold it up | [`PauseStock`], [`RestartStock`] |
//! | change it | [`ModifyAvailableMerchants`], [`ModifyAvailableSingleitems`], [`ModifyStockBudget`] |
//! | watch it | [`QueryStock`], [`ListStocks`], [`ListAvailableMerchants`], [`ListAvailableSingleitems`] |
//! | watch its coupons | [`QueryCoupon`], [`ListCouponsByFilter`] |
//! | be told of uses | [`SetCallback`], [`QueryCallback`]; [`CouponUsed`] is what comes |
//! | reconcile | [`UseFlow`], [`RefundFlow`] of a whole stock; [`UseFlowByDay`], [`RefundFlowByDay`] of a day; [`FlowRows`] reads the files |
//!
//! The feature `unpublished` adds `platform_favor`: operations that were withdrawn.
//!
//! # Reading and writing
//!
//! Amounts are [`Fen`](crate::types::Fen). Pages are numbered from 0: `offset` is the number of a *page*, not of a
//! row. Answers are read leniently: unknown fields are ignored, unknown values of enumerations kept, integers may
//! come as strings, and what may be absent is an `Option`. Requests are checked before they are sent for what can
//! never be right; rules that the platform may change are listed by [`CreateCouponStock::check`] and block nothing.

#![doc(alias("StockApiService", "CouponApiService", "CallBackUrlApiService"))]

mod bill_date;
mod callback;
mod coupon;
mod flow;
mod ids;
mod limits;
mod media;
mod model;
mod operations;
#[cfg(feature = "unpublished")]
pub mod platform_favor;
mod setters;
mod stock;

pub use bill_date::BillDate;
pub use callback::{CouponUsed, DiscountTo, SingleitemDiscountOff};
pub use coupon::{ConsumeInformation, Coupon, CouponStatus, DiscountMsg, GoodsDetail};
pub use flow::{FlowError, FlowRow, FlowRows};
pub use ids::{CouponId, StockId};
pub use model::{
    BusinessType, CouponType, CutTypeMsg, DeductBalanceMethod, FixedValueStockMsg, HashType,
    PlatformFavorStockStatus, StockType, TradeType,
};
pub(crate) use operations::operations;
pub use stock::{
    AvailableRegion, BackgroundColor, CardLimitation, CouponRule, FavorAvailableTime, FixedAvailableTime,
    JumpTarget, PatternInfo, RegionType, Stock, StockRule, StockStatus, StockUseRule,
};

/// Re-exports what the file of each operation has for users.
macro_rules! re_export {
    ($($(#[$condition:meta])? $($module:ident)::+: $operation:ident $(=> $response:ident)?;)+) => {
        $(re_export!($(#[$condition])? $($module)::+);)+
    };
    ($($module:ident)::+) => {
        pub use $($module)::+::*;
    };
    // What is conditional is exported by a module of its own.
    (#[$condition:meta] $($module:ident)::+) => {};
}

operations!(re_export);
