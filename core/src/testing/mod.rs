//! Generated operations and responses for testing code that builds on this crate: property tests with the feature
//! `proptest`, fuzzing with the feature `arbitrary`.
//!
//! All operations, all responses and the types they contain implement [`Arbitrary`]. The generated texts are mostly
//! plain, often hostile (slashes, quotes, line ends) and rarely invalid (empty, too long). Each operation is either
//! rejected before sending, or sent and signed correctly. With `proptest`, the types are strategies too, and shrink.
//!
//! ```
//! # #[cfg(all(feature = "proptest", feature = "insecure"))] {
//! use std::sync::Arc;
//! use proptest::prelude::*;
//! use wechatpay_core::cashcoupons::{SendCoupon, SendCouponResponse};
//! use wechatpay_core::crypto::insecure::Checksum;
//! use wechatpay_core::testing::{Defect, Platform, Success, sendable};
//! use wechatpay_core::{Client, Merchant, PlatformKeys, Stamp};
//!
//! // Keys that give no security, but are fast. Real keys work as well.
//! let platform = Platform::new("PUB_KEY_ID_1", Arc::new(Checksum));
//! let keys = PlatformKeys::new();
//! keys.add_key("PUB_KEY_ID_1", Arc::new(Checksum))?;
//! let client = Client::new(Merchant::with_key("1900000001".into(), "0A", Arc::new(Checksum))?, keys)?;
//!
//! proptest!(|(send in sendable::<SendCoupon>(), stamp: Stamp)| {
//!     // Test your gateway, logs or queue here: assert what must hold for every coupon that is sent.
//!     let request = client.request(&send, stamp)?;
//!     prop_assert!(!request.uri().path().contains("//"));
//! });
//!
//! proptest!(|(send: SendCoupon, answer: Success<SendCouponResponse>, defect: Defect, stamp: Stamp)| {
//!     let response = platform.answer(200, answer.body.clone(), stamp)?;
//!     let coupon = client.response(&send, &response, stamp.unix_seconds)?;
//!     prop_assert_eq!(&*coupon, &answer.value);
//!
//!     let response = platform.broken(200, answer.body, stamp, defect)?;
//!     prop_assert!(client.response(&send, &response, stamp.unix_seconds).is_err());
//! });
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A response to an operation that repeats something of its request, such as a `stock_id`, must fit that request:
//! [`Success::answering`] makes it fit. The response to [`SendCoupon`](crate::cashcoupons::SendCoupon) repeats nothing.
//!
//! [`Platform::callback`] creates callbacks, and [`Platform::broken_callback`] creates callbacks with a defect. The
//! responses to [`DownloadCertificates`](crate::DownloadCertificates) are not generated, because they are encrypted.
//! Neither are flow files: any text is an input that [`FlowRows`](crate::cashcoupons::FlowRows) must accept or reject.
//!
//! The same for a fuzzer, which provides the bytes:
//!
//! ```
//! # #[cfg(feature = "insecure")] {
//! use std::sync::Arc;
//! use arbitrary::Unstructured;
//! use wechatpay_core::cashcoupons::SendCoupon;
//! use wechatpay_core::crypto::insecure::AcceptAll;
//! use wechatpay_core::{Client, Merchant, PlatformKeys, Stamp};
//!
//! fn fuzz_target(data: &[u8]) -> arbitrary::Result<()> {
//!     let mut input = Unstructured::new(data);
//!     let (send, stamp): (SendCoupon, Stamp) = input.arbitrary()?;
//!     let merchant = Merchant::with_key("1900000001".into(), "0A", Arc::new(AcceptAll)).unwrap();
//!     let client = Client::new(merchant, PlatformKeys::new()).unwrap();
//!     if let Ok(request) = client.request(&send, stamp) {
//!         assert_eq!(request.uri().path().matches('/').count(), 6);
//!     }
//!     Ok(())
//! }
//! # fuzz_target(b"any").unwrap();
//! # }
//! ```

mod each;
mod platform;
mod responses;
#[cfg(feature = "proptest")]
mod strategy;

pub use each::{ArbitraryOperation, EachOperation, each_operation, simplest};
pub use platform::Platform;
pub use responses::{Defect, Refusal, SignatureHeader, Success};
#[cfg(feature = "proptest")]
pub use {crate::types::generators::any_arbitrary, strategy::sendable};

pub use arbitrary::{self, Arbitrary};
#[cfg(feature = "proptest")]
pub use proptest;
