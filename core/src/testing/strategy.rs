use std::fmt::Debug;

use arbitrary::Unstructured;
use proptest::strategy::{BoxedStrategy, Strategy as _};

use super::answer::{Defect, Refusal, SignatureHeader, Success};
use crate::base_url::BaseUrl;
use crate::cashcoupons::*;
use crate::certificate::DownloadCertificates;
use crate::operation::Operation;
use crate::security::SecurityEchoResponse;
use crate::sign::Prepared;

/// Enough for the largest operation with texts of the usual length; what goes beyond it is the plainest there is.
const ENTROPY: usize = 2048;

/// Any value that [`Arbitrary`](arbitrary::Arbitrary) makes, shrinking towards the plainest. For types of your own
/// that contain types of this crate; theirs are `any::<SendCoupon>()` already.
pub fn made_up<T: for<'a> arbitrary::Arbitrary<'a> + Debug + 'static>() -> BoxedStrategy<T> {
    proptest::collection::vec(proptest::num::u8::ANY, 0..=ENTROPY)
        .prop_filter_map("not enough bytes", |bytes| T::arbitrary(&mut Unstructured::new(&bytes)).ok())
        .boxed()
}

/// Operations that are not refused before they are sent.
pub fn sendable<O: Operation + for<'a> arbitrary::Arbitrary<'a> + Debug + 'static>() -> BoxedStrategy<O> {
    let sendable = |operation: &O| Prepared::new(operation, &BaseUrl::default()).is_ok();
    made_up().prop_filter("it can never be right", sendable).boxed()
}

/// For what is not made by a macro that does it too.
macro_rules! strategies {
    ($($type:ty),+ $(,)?) => {
        $($crate::testing::strategy::strategy!($type);)+
    };
}

macro_rules! strategy {
    ($type:ty) => {
        impl proptest::arbitrary::Arbitrary for $type {
            type Parameters = ();
            type Strategy = proptest::strategy::BoxedStrategy<Self>;

            fn arbitrary_with((): ()) -> Self::Strategy {
                $crate::testing::made_up()
            }
        }
    };
}

pub(crate) use strategy;

impl<T: for<'a> arbitrary::Arbitrary<'a> + serde::Serialize + Debug + 'static> proptest::arbitrary::Arbitrary
    for Success<T>
{
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        made_up()
    }
}

// Operations.
strategies!(
    CreateCouponStock,
    StartStock,
    PauseStock,
    RestartStock,
    StopStock,
    QueryStock,
    ListStocks,
    ListAvailableMerchants,
    ListAvailableSingleitems,
    ModifyAvailableMerchants,
    ModifyAvailableSingleitems,
    ModifyStockBudget,
    UseFlow,
    RefundFlow,
    UseFlowByDay,
    RefundFlowByDay,
    SendCoupon,
    QueryCoupon,
    ListCouponsByFilter,
    SetCallback,
    QueryCallback,
    DownloadCertificates,
);

// Their answers, and what comes by itself.
strategies!(
    CreateCouponStockResponse,
    StartStockResponse,
    PauseStockResponse,
    RestartStockResponse,
    StopStockResponse,
    Stock,
    StockCollection,
    AvailableMerchantCollection,
    AvailableSingleitemCollection,
    ModifyAvailableMerchantResponse,
    ModifyAvailableSingleitemResponse,
    ModifyStockBudgetResponse,
    UseFlowResponse,
    RefundFlowResponse,
    UseFlowByDayResponse,
    RefundFlowByDayResponse,
    SendCouponResponse,
    Coupon,
    CouponCollection,
    SetCallbackResponse,
    Callback,
    UploadMarketingImageResponse,
    SecurityEchoResponse,
    CouponUsed,
);

// What they are made of.
strategies!(
    AvailableRegion,
    CardLimitation,
    ConsumeInformation,
    CouponRule,
    CutTypeMsg,
    DiscountMsg,
    DiscountTo,
    FavorAvailableTime,
    FixedAvailableTime,
    FixedValueStockMsg,
    GoodsDetail,
    ImageMeta,
    PatternInfo,
    RequiredStockFields,
    SingleitemDiscountOff,
    StockRule,
    StockUseRule,
);

// What goes wrong.
strategies!(Defect, Refusal, SignatureHeader);

#[cfg(feature = "unpublished")]
mod unpublished {
    use crate::cashcoupons::platform_favor::*;

    strategies!(
        CreatePlatformFavor,
        QueryPlatformFavor,
        PlatformFavorAvailableTime,
        PlatformFavorDisplayPattern,
        PlatformFavorSendRule,
        PlatformFavorStatistics,
        PlatformFavorStockEntity,
        PlatformFavorUseRule,
    );
}
