use std::fmt::Debug;

use arbitrary::Arbitrary;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(feature = "unpublished")]
use crate::cashcoupons::platform_favor::*;
use crate::cashcoupons::*;
use crate::echo::SecurityEcho;
use crate::operation::Operation;

/// An operation that can be made up, and so can its answers.
pub trait MadeUp:
    Operation<Response: Debug + PartialEq + Serialize + for<'a> Arbitrary<'a> + 'static>
    + Debug
    + PartialEq
    + DeserializeOwned
    + for<'a> Arbitrary<'a>
    + 'static
{
}

impl<O> MadeUp for O where
    O: Operation<Response: Debug + PartialEq + Serialize + for<'a> Arbitrary<'a> + 'static>
        + Debug
        + PartialEq
        + DeserializeOwned
        + for<'a> Arbitrary<'a>
        + 'static
{
}

/// The plainest value there is: what is made of no entropy at all. For an operation of which the content does not
/// matter.
///
/// # Errors
/// Those of `T`; operations and their answers have none.
pub fn plainest<T: for<'a> Arbitrary<'a>>() -> arbitrary::Result<T> {
    T::arbitrary(&mut arbitrary::Unstructured::new(&[]))
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
    use crate::testing::{made_up, sendable};

    /// "Repeat the identical request" after a crash needs the whole of it.
    #[test]
    fn every_operation_can_be_stored_and_read_back() {
        struct Stored;
        impl EachOperation for Stored {
            fn operation<O: MadeUp>(&mut self) {
                proptest!(|(operation in prop_oneof![made_up::<O>(), sendable::<O>()])| {
                    let json = serde_json::to_string(&operation)?;
                    prop_assert_eq!(serde_json::from_str::<O>(&json)?, operation, "{}", O::NAME);
                });
            }
        }
        each_operation(&mut Stored);
    }
}
