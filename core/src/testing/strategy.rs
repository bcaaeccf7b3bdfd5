use std::fmt::Debug;

use proptest::strategy::{BoxedStrategy, Strategy as _};

use super::Success;
#[cfg(feature = "unpublished")]
use crate::cashcoupons::platform_favor::*;
use crate::cashcoupons::*;
use crate::certificates::DownloadCertificates;
use crate::echo::SecurityEchoResponse;
use crate::operation::{BaseUrl, Operation};
use crate::request::Prepared;
use crate::types::generators::{any_arbitrary, impl_strategies};

/// Returns a strategy for operations that pass the checks before sending.
pub fn sendable<O: Operation + for<'a> arbitrary::Arbitrary<'a> + Debug + 'static>() -> BoxedStrategy<O> {
    let sendable = |operation: &O| Prepared::new(operation, &BaseUrl::default()).is_ok();
    any_arbitrary().prop_filter("the operation is rejected before it is sent", sendable).boxed()
}

impl<T: for<'a> arbitrary::Arbitrary<'a> + serde::Serialize + Debug + 'static> proptest::arbitrary::Arbitrary
    for Success<T>
{
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        any_arbitrary()
    }
}

macro_rules! of_operations {
    ($($(#[$condition:meta])? $($module:ident)::+: $operation:ident $(=> $response:ident)?;)+) => {
        $($(#[$condition])? impl_strategies!($operation $(, $response)?);)+
    };
}

operations!(of_operations);

// The types that operations and their responses are made of, and types that do not belong to one of the operations
// above.
impl_strategies!(
    CouponUsed,
    DownloadCertificates,
    SecurityEchoResponse,
    AvailableRegion,
    BudgetChange,
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
    NormalCouponInformation,
    PatternInfo,
    RequiredCouponFields,
    RequiredStockFields,
    SingleitemDiscountOff,
    StockRule,
    StockUseRule,
    User,
);

#[cfg(feature = "unpublished")]
impl_strategies!(
    PlatformFavorAvailableTime,
    PlatformFavorAvailableTimeEntity,
    PlatformFavorDisplayPattern,
    PlatformFavorSendRule,
    PlatformFavorSendRuleEntity,
    PlatformFavorStatistics,
    PlatformFavorUseRule,
    PlatformFavorUseRuleEntity,
);
