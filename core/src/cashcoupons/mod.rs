//! Cash coupons (代金券): stocks (批次) of coupons, and the coupons that users hold.
//!
//! The operations of the official Go package `services/cashcoupons`, named as there; its names are found by
//! searching these pages. Every type of its `Request` suffix is an operation here: `SendCouponRequest` is
//! [`SendCoupon`].
//!
//! A campaign: [`CreateCouponStock`], wait a minute, [`StartStock`], [`SendCoupon`] to users, watch it with
//! [`QueryStock`] and [`ListCouponsByFilter`], [`PauseStock`] and [`RestartStock`] as needed.
//!
//! # Reading and writing
//!
//! Amounts are [`Fen`](crate::types::Fen). Pages are numbered from 0: `offset` is the number of a *page*, not of a
//! row. Answers are read leniently: unknown fields are ignored, unknown values of enumerations kept, integers may
//! come as strings, and what may be absent is an `Option`. Requests are checked before they are sent for what can
//! never be right; rules that the platform may change are listed by [`CreateCouponStock::check`] and block nothing.

mod callback;
mod coupon;
mod flow;
mod media;
mod model;
mod stock;

pub use callback::{CouponUsed, DiscountTo, SingleitemDiscountOff};
pub use coupon::{
    ConsumeInformation, Coupon, CouponCollection, CouponStatus, DiscountMsg, GoodsDetail,
    ListCouponsByFilter, QueryCoupon, SendCoupon, SendCouponResponse,
};
pub use flow::{FlowError, FlowRow, FlowRows};
pub use media::{FormFile, ImageMeta, UploadMarketingImage, UploadMarketingImageResponse};
pub use model::{BusinessType, CouponType, CutTypeMsg, FixedValueStockMsg, StockType, TradeType};
pub use stock::{
    AvailableRegion, BackgroundColor, CardLimitation, CouponRule, CreateCouponStock,
    CreateCouponStockResponse, FavorAvailableTime, FixedAvailableTime, JumpTarget, ListStocks, PatternInfo,
    PauseStock, PauseStockResponse, QueryStock, RegionType, RequiredStockFields, RestartStock,
    RestartStockResponse, StartStock, StartStockResponse, Stock, StockCollection, StockRule, StockStatus,
    StockUseRule, StopStock, StopStockResponse,
};
