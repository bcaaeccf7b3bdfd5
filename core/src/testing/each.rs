use std::fmt::Debug;

use arbitrary::Arbitrary;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(feature = "unpublished")]
use crate::cashcoupons::platform_favor::*;
use crate::cashcoupons::*;
use crate::echo::SecurityEcho;
use crate::operation::Operation;

/// An operation that can be generated, and whose responses can be generated.
pub trait ArbitraryOperation:
    Operation<Response: Debug + PartialEq + Serialize + for<'a> Arbitrary<'a> + 'static>
    + Debug
    + PartialEq
    + DeserializeOwned
    + for<'a> Arbitrary<'a>
    + 'static
{
}

impl<O> ArbitraryOperation for O where
    O: Operation<Response: Debug + PartialEq + Serialize + for<'a> Arbitrary<'a> + 'static>
        + Debug
        + PartialEq
        + DeserializeOwned
        + for<'a> Arbitrary<'a>
        + 'static
{
}

/// Returns the simplest value, which is generated without entropy. Use it when the content of an operation does not
/// matter.
///
/// # Errors
/// Those of `T`. Operations and their responses have none.
pub fn simplest<T: for<'a> Arbitrary<'a>>() -> arbitrary::Result<T> {
    T::arbitrary(&mut arbitrary::Unstructured::new(&[]))
}

/// An action for every operation, generic over its type. See [`each_operation`].
pub trait EachOperation {
    /// Performs the action for the operation `O`.
    fn operation<O: ArbitraryOperation>(&mut self);
}

/// Performs an action for every operation of this crate. New operations are added at the end of the order.
///
/// [`DownloadCertificates`](crate::DownloadCertificates) is not included, because its responses are encrypted.
///
/// ```
/// use wechatpay_core::testing::{ArbitraryOperation, EachOperation, each_operation};
///
/// struct Names(Vec<&'static str>);
///
/// impl EachOperation for Names {
///     fn operation<O: ArbitraryOperation>(&mut self) {
///         self.0.push(O::NAME);
///     }
/// }
///
/// let mut names = Names(Vec::new());
/// each_operation(&mut names);
/// assert!(names.0.contains(&"coupon.send"));
/// ```
pub fn each_operation(each: &mut impl EachOperation) {
    macro_rules! each {
        ($($(#[$condition:meta])? $($module:ident)::+: $operation:ident $(=> $response:ident)?;)+) => {
            $($(#[$condition])? each.operation::<$operation>();)+
        };
    }
    operations!(each);
    each.operation::<SecurityEcho>();
}

#[cfg(all(test, feature = "proptest"))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{any_arbitrary, sendable};

    /// Retrying the identical request after a crash requires that all of it can be stored.
    #[test]
    fn every_operation_can_be_serialised_and_deserialised() {
        struct Stored;
        impl EachOperation for Stored {
            fn operation<O: ArbitraryOperation>(&mut self) {
                proptest!(|(operation in prop_oneof![any_arbitrary::<O>(), sendable::<O>()])| {
                    let json = serde_json::to_string(&operation)?;
                    prop_assert_eq!(serde_json::from_str::<O>(&json)?, operation, "{}", O::NAME);
                });
            }
        }
        each_operation(&mut Stored);
    }
}
