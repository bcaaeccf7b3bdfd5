//! Cash coupons (代金券) on WeChat Pay APIv3, without IO: this crate builds signed `http::Request` values, and verifies
//! and decodes `http::Response` values.
//!
//! ```text
//! SendCoupon { openid, stock_id, .. }     an operation
//!   |  Client::request                    checks, builds and signs
//!   v
//! http::Request<Bytes>
//!   |  driver                             wechatpay-ureq, wechatpay-hyper or yours
//!   v
//! http::Response<Bytes>
//!   |  Client::response                   verifies, then decodes
//!   v
//! Answer<SendCouponResponse>, or Error    error.outcome(): was the coupon sent?
//! ```
//!
//! The crate does not open sockets, start threads, need a runtime, or read a clock, the environment or a source of
//! entropy on its own. The embedding program provides these. Most programs use a driver, which does: the crate
//! `wechatpay-ureq` for blocking code, or `wechatpay-hyper` for tokio. Both re-export this crate as `core`.
//!
//! ```
//! # #[cfg(feature = "rustcrypto")] {
//! use wechatpay_core::cashcoupons::{RequiredCouponFields, SendCoupon};
//! use wechatpay_core::crypto::rustcrypto::PROVIDER;
//! use wechatpay_core::{Client, Merchant, Nonce, PlatformKeys, Stamp};
//!
//! # let private_key_pem = include_str!("../../tests/conformance/vectors/official_test_merchant_key_pkcs1.pem");
//! # let public_key_pem = include_str!("../../tests/conformance/vectors/doc_example_platform_key.pem");
//! # let public_key_id = "PUB_KEY_ID_0000000000000024101100397200000006";
//! let serial_no = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";
//! let mchid = "1900007291".into();
//! let merchant = Merchant::from_pem(&PROVIDER, mchid, serial_no, private_key_pem)?;
//! let platform = PlatformKeys::new();
//! platform.add_public_key(&PROVIDER, public_key_id, public_key_pem)?;
//! let client = Client::new(merchant, platform)?;
//!
//! let coupon = SendCoupon::new(RequiredCouponFields {
//!     openid: "2323dfsdf342342".into(),
//!     appid: "wx233544546545989".into(),
//!     stock_id: "9856000".into(),
//!     stock_creator_mchid: "8956000".into(),
//!     out_request_no: "89560002019101000121".into(),
//! });
//! // Time and nonce are arguments: the same inputs always give the same bytes.
//! // They are fixed here. For a real request use `Stamp::new`, once per attempt.
//! let stamp = Stamp { unix_seconds: 1_554_208_460, nonce: Nonce::from_entropy([7; 16]) };
//! let request = client.request(&coupon, stamp)?;
//! assert_eq!(request.uri().path(), "/v3/marketing/favor/users/2323dfsdf342342/coupons");
//! let authorization = request.headers()["authorization"].to_str()?;
//! assert!(authorization.starts_with("WECHATPAY2-SHA256-RSA2048 mchid="));
//!
//! // Send the request unchanged. Pass the response back with the time of its arrival.
//! # // A response that OpenSSL signed with a key that was generated for this example.
//! # let response = http::Response::builder()
//! #     .header("Wechatpay-Serial", public_key_id)
//! #     .header("Wechatpay-Timestamp", "1554208460")
//! #     .header("Wechatpay-Nonce", "PLATFORMNONCE")
//! #     .header("Wechatpay-Signature", include_str!("../../tests/conformance/vectors/doc_example_signature.txt"))
//! #     .body(bytes::Bytes::from_static(b"{\"coupon_id\":\"9867041\"}"))?;
//! let sent = client.response(&coupon, &response, 1_554_208_461)?;
//! assert_eq!(sent.coupon_id.as_str(), "9867041");
//! assert!(sent.is_verified());
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to start
//!
//! - [`cashcoupons`] lists the operations by task.
//! - [`settings`] creates a client from names and values, such as those of the environment.
//! - [`Client`] builds requests and reads responses. [`Exchange`] adds retries, a deadline and the fetching of platform
//!   certificates, still without IO; [`drive`] and [`drive_async`] run it.
//! - [`Error`] has one variant per stage. [`Error::outcome`] answers whether the operation may have taken effect.
//! - [`notification`] verifies and decrypts callbacks. [`download`] checks the flow files.
//! - [`crypto`] lists the crypto providers and the traits for keys in an HSM or KMS.
//! - `testing` (feature `arbitrary`) generates operations and responses for your own tests.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `rustcrypto` (default) | the provider `crypto::rustcrypto` |
//! | `aws-lc-rs` | the provider `crypto::aws_lc_rs` |
//! | `ring` | the provider `crypto::ring` |
//! | `graviola` | the provider `crypto::graviola` |
//! | `tracing` | in [`drive`] and [`drive_async`]: a span per operation, an event per attempt, a warning per retry, an event per callback |
//! | `unpublished` | the module `cashcoupons::platform_favor`, with operations that were withdrawn |
//! | `arbitrary` | for tests: the module `testing`: generated operations and responses, `Arbitrary` for their types |
//! | `proptest` | for tests: `proptest` strategies for the same types |
//! | `insecure` | for tests: the module `crypto::insecure`, with keys that give **no security** |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod answer;
pub mod bulk;
pub mod cashcoupons;
mod certificates;
mod client;
pub mod crypto;
pub mod download;
mod echo;
pub mod error;
pub mod exchange;
mod merchant;
pub mod metrics;
pub mod notification;
mod operation;
mod pages;
mod platform;
mod request;
mod response;
mod retry;
pub mod settings;
#[cfg(feature = "arbitrary")]
pub mod testing;
pub mod types;
mod verify;

pub use bytes;
pub use http;
pub use zeroize;

pub use answer::Answer;
pub use certificates::DownloadCertificates;
pub use client::Client;
pub use echo::{SecurityEcho, SecurityEchoResponse};
#[doc(inline)]
pub use error::{Advice, BuildError, Error, Outcome};
#[doc(inline)]
pub use exchange::{AsyncIo, ConnectionChoice, Driven, Exchange, Io, SendReason, Step, drive, drive_async};
pub use merchant::Merchant;
pub use operation::{BaseUrl, Body, Operation, Parts, ResponseSignature, field};
pub use pages::{Offset, Paged, Pages, Totals};
pub use platform::{PlatformCertificate, PlatformKeys, Sealed};
pub use request::{Nonce, Stamp, Unsigned};
pub use retry::RetryPolicy;
#[doc(inline)]
pub use settings::{Settings, SettingsError};
#[doc(inline)]
pub use types::MAX_CLOCK_DIFFERENCE;
pub use verify::{SCHEME, Verified};
