//! Cash coupons (代金券): stocks (批次) of coupons, and the coupons that users hold.
//!
//! Contains the operations of the official Go package `services/cashcoupons` under the same names, and operations
//! that the package lacks. Search these pages for a name of the package to find its counterpart. Each of its
//! `…Request` types is an operation here, without the suffix: `SendCouponRequest` is [`SendCoupon`].
//!
//! | task | operations |
//! |---|---|
//! | upload images for a stock | [`UploadMarketingImage`] |
//! | create a stock | [`CreateCouponStock`], wait one minute, [`StartStock`] |
//! | end a stock that was never started | [`StopStock`] |
//! | send coupons | [`SendCoupon`] |
//! | pause and restart a stock | [`PauseStock`], [`RestartStock`] |
//! | change a stock | [`ModifyAvailableMerchants`], [`ModifyAvailableSingleitems`], [`ModifyStockBudget`] |
//! | query stocks | [`QueryStock`], [`ListStocks`], [`ListAvailableMerchants`], [`ListAvailableSingleitems`] |
//! | query coupons | [`QueryCoupon`], [`ListCouponsByFilter`] |
//! | receive callbacks | [`SetCallback`], [`QueryCallback`]; the event of a callback is [`CouponUsed`] |
//! | reconcile a whole stock | [`UseFlow`], [`RefundFlow`]; [`FlowRows`] reads the files |
//! | reconcile one day of a stock | [`UseFlowByDay`], [`RefundFlowByDay`]; [`FlowRows`] reads the files |
//!
//! The feature `unpublished` adds the module `platform_favor`: operations that were withdrawn.
//!
//! # Requests and responses
//!
//! Amounts are [`Fen`](crate::types::Fen). Pages are numbered from 0: `offset` is the number of a *page*, not of a
//! row. Requests with values that can never be valid are rejected before they are sent. [`CreateCouponStock::check`]
//! lists violations of rules that the platform may change; these do not block a request.
//!
//! Responses are parsed leniently: unknown fields are ignored, unknown enum values are kept, integers may be encoded as
//! texts, and ids as numbers. Only what identifies a response is required. Every other field is an `Option`, or a text or
//! list that is empty if it is absent. The platform may write an absent value as `null`, or as an empty text, list or
//! object.
//!
//! Every operation and every response can be stored as JSON and read back whole.

#![doc(alias("StockApiService", "CouponApiService", "CallBackUrlApiService"))]

mod advice;
mod bill_date;
mod callback_url;
mod coupon;
mod coupon_used;
mod flow;
mod ids;
mod limits;
mod media;
mod model;
mod operations;
mod out_request_no;
#[cfg(feature = "unpublished")]
pub mod platform_favor;
mod setters;
mod stock;

pub use bill_date::BillDate;
pub use coupon::{ConsumeInformation, Coupon, CouponStatus, DiscountMsg, GoodsDetail};
pub use coupon_used::{CouponUsed, DiscountTo, SingleitemDiscountOff};
pub use flow::{FileFormat, FlowError, FlowRow, FlowRows, RowProblem, UnreadRow};
pub use ids::{CouponId, StockId, User};
pub use model::{
    BusinessType, CouponType, CutTypeMsg, DeductBalanceMethod, FixedValueStockMsg, HashType,
    NormalCouponInformation, PlatformFavorStockStatus, StockType, TradeType,
};
pub(crate) use operations::operations;
pub use out_request_no::CouponIntent;
pub use stock::{
    AvailableRegion, BackgroundColor, CardLimitation, CouponRule, FavorAvailableTime, FixedAvailableTime,
    JumpTarget, PatternInfo, RegionType, Stock, StockRule, StockStatus, StockUseRule,
};

/// Re-exports the public items of each operation's module.
macro_rules! re_export {
    ($($(#[$condition:meta])? $($module:ident)::+: $operation:ident $(=> $response:ident)?;)+) => {
        $(re_export!($(#[$condition])? $($module)::+);)+
    };
    ($($module:ident)::+) => {
        pub use $($module)::+::*;
    };
    // Operations behind a feature are exported by their own module.
    (#[$condition:meta] $($module:ident)::+) => {};
}

operations!(re_export);
