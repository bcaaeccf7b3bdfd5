//! Made-up operations and answers, to test what you build on this crate: by property with the feature `proptest`, by
//! fuzzing with `arbitrary`.
//!
//! Every operation and every answer implements [`Arbitrary`], and so does all that they are made of. Its texts are mostly plain, often hostile (slashes,
//! quotes, line ends) and now and then impossible (empty, too long); what comes of them is either refused before it is
//! sent or signed right. With `proptest` they are strategies too, and shrink.
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
//! // Keys that give no security and take no time. Real ones do as well.
//! let platform = Platform::new("PUB_KEY_ID_1", Arc::new(Checksum));
//! let keys = PlatformKeys::new();
//! keys.add_key("PUB_KEY_ID_1", Arc::new(Checksum))?;
//! let client = Client::new(Merchant::with_key("1900000001".into(), "0A", Arc::new(Checksum))?, keys)?;
//!
//! proptest!(|(send in sendable::<SendCoupon>(), stamp: Stamp)| {
//!     // Your gateway, your logs, your queue: whatever must be true of any coupon that is sent.
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
//! Callbacks are made by [`Platform::callback`] and broken by [`Platform::broken_callback`]. Not made up are the answers to
//! [`DownloadCertificates`](crate::DownloadCertificates), which are encrypted, and flow files: any text is one that
//! [`FlowRows`](crate::cashcoupons::FlowRows) must take or refuse.
//!
//! The same for a fuzzer, which brings the bytes:
//!
//! ```
//! # #[cfg(feature = "insecure")] {
//! use std::sync::Arc;
//! use arbitrary::Unstructured;
//! use wechatpay_core::cashcoupons::SendCoupon;
//! use wechatpay_core::crypto::insecure::SayYes;
//! use wechatpay_core::{Client, Merchant, PlatformKeys, Stamp};
//!
//! fn fuzz_target(data: &[u8]) -> arbitrary::Result<()> {
//!     let mut input = Unstructured::new(data);
//!     let (send, stamp): (SendCoupon, Stamp) = input.arbitrary()?;
//!     let merchant = Merchant::with_key("1900000001".into(), "0A", Arc::new(SayYes)).unwrap();
//!     let client = Client::new(merchant, PlatformKeys::new()).unwrap();
//!     if let Ok(request) = client.request(&send, stamp) {
//!         assert_eq!(request.uri().path().matches('/').count(), 6);
//!     }
//!     Ok(())
//! }
//! # fuzz_target(b"any").unwrap();
//! # }
//! ```

mod answer;
mod each;
mod platform;
#[cfg(feature = "proptest")]
mod strategy;

pub use answer::{Defect, Refusal, SignatureHeader, Success};
pub use each::{EachOperation, MadeUp, each_operation, plainest};
pub use platform::Platform;
#[cfg(feature = "proptest")]
pub use {crate::types::made_up::made_up, strategy::sendable};

pub use arbitrary::{self, Arbitrary};
#[cfg(feature = "proptest")]
pub use proptest;
