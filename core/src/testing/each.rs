use std::fmt::Debug;

use arbitrary::Arbitrary;
use serde::Serialize;

use crate::cashcoupons::*;
use crate::operation::Operation;
use crate::security::SecurityEcho;

/// An operation that can be made up, and so can its answers.
pub trait MadeUp:
    Operation<Response: Debug + PartialEq + Serialize + for<'a> Arbitrary<'a> + 'static>
    + Debug
    + for<'a> Arbitrary<'a>
    + 'static
{
}

impl<O> MadeUp for O where
    O: Operation<Response: Debug + PartialEq + Serialize + for<'a> Arbitrary<'a> + 'static>
        + Debug
        + for<'a> Arbitrary<'a>
        + 'static
{
}

/// What is done with every operation, whatever its type. See [`each_operation`].
pub trait EachOperation {
    /// Does it with this one.
    fn operation<O: MadeUp>(&mut self);
}

/// Does something with every operation of this crate, in an order that only grows at its end.
///
/// [`DownloadCertificates`](crate::DownloadCertificates) is not among them: its answers are encrypted.
///
/// ```
/// use wechatpay_core::testing::{EachOperation, MadeUp, each_operation};
///
/// struct Names(Vec<&'static str>);
///
/// impl EachOperation for Names {
///     fn operation<O: MadeUp>(&mut self) {
///         self.0.push(O::NAME);
///     }
/// }
///
/// let mut names = Names(Vec::new());
/// each_operation(&mut names);
/// assert!(names.0.contains(&"coupon.send"));
/// ```
pub fn each_operation(each: &mut impl EachOperation) {
    each.operation::<CreateCouponStock>();
    each.operation::<StartStock>();
    each.operation::<PauseStock>();
    each.operation::<RestartStock>();
    each.operation::<StopStock>();
    each.operation::<QueryStock>();
    each.operation::<ListStocks>();
    each.operation::<ListAvailableMerchants>();
    each.operation::<ListAvailableSingleitems>();
    each.operation::<ModifyAvailableMerchants>();
    each.operation::<ModifyAvailableSingleitems>();
    each.operation::<ModifyStockBudget>();
    each.operation::<UseFlow>();
    each.operation::<RefundFlow>();
    each.operation::<UseFlowByDay>();
    each.operation::<RefundFlowByDay>();
    each.operation::<SendCoupon>();
    each.operation::<QueryCoupon>();
    each.operation::<ListCouponsByFilter>();
    each.operation::<SetCallback>();
    each.operation::<QueryCallback>();
    each.operation::<UploadMarketingImage>();
    each.operation::<SecurityEcho>();
    #[cfg(feature = "unpublished")]
    {
        each.operation::<platform_favor::CreatePlatformFavor>();
        each.operation::<platform_favor::QueryPlatformFavor>();
    }
}

#[cfg(all(test, feature = "proptest"))]
mod tests {
    use proptest::strategy::Strategy as _;

    use super::*;
    use crate::testing::{Success, made_up, sendable};

    /// What [`EachOperation`] is for: a strategy for each, and for its answers, without naming a type.
    #[test]
    fn each_operation_has_strategies() {
        struct Strategies(usize);
        impl EachOperation for Strategies {
            fn operation<O: MadeUp>(&mut self) {
                let _ = (
                    made_up::<O>().boxed(),
                    sendable::<O>().boxed(),
                    made_up::<Success<O::Response>>().boxed(),
                );
                self.0 += 1;
            }
        }
        let mut strategies = Strategies(0);
        each_operation(&mut strategies);
        assert!(strategies.0 >= 23, "{}", strategies.0);
    }
}
