//! WeChat Pay APIv3 without IO: the crate builds signed `http::Request` values, and verifies and decodes
//! `http::Response` values.
//!
//! ```text
//! SendCoupon{..} ─Operation─▶ Unsigned ─Merchant─▶ http::Request<Bytes> ═ driver ═▶ http::Response<Bytes>
//!                                                                                         │
//!                           SendCouponResponse ◀─Operation::decode─ Verified<'_> ◀─PlatformKeys
//! ```
//!
//! The crate does not open sockets, start threads, need a runtime, or read a clock, the environment or a source of
//! entropy on its own. The embedding program provides these. The crates `wechatpay-ureq` and `wechatpay-hyper` are such
//! drivers.
//!
//! ```
//! # #[cfg(feature = "rustcrypto")] {
//! use wechatpay_core::cashcoupons::QueryStock;
//! use wechatpay_core::crypto::rustcrypto::PROVIDER;
//! use wechatpay_core::{Client, Merchant, Nonce, PlatformKeys, Stamp};
//!
//! # let private_key_pem = include_str!("../../tests/conformance/vectors/official_test_merchant_key_pkcs1.pem");
//! # let public_key_pem = include_str!("../../tests/conformance/vectors/official_response_example_pub.pem");
//! let serial_no = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";
//! let merchant = Merchant::from_pem(&PROVIDER, "1900007291".into(), serial_no, private_key_pem)?;
//! let platform = PlatformKeys::new();
//! platform.add_public_key(&PROVIDER, "PUB_KEY_ID_0000000000000024101100397200000006", public_key_pem)?;
//! let client = Client::new(merchant, platform)?;
//!
//! // Time and nonce are arguments: the same inputs always give the same bytes.
//! let stamp = Stamp { unix_seconds: 1_554_208_460, nonce: Nonce::from_entropy([7; 16]) };
//! let operation = QueryStock::new("9856888".into(), "1900007291".into());
//! let request = client.request(&operation, stamp)?;
//! assert_eq!(
//!     request.uri().path_and_query().map(|target| target.as_str()),
//!     Some("/v3/marketing/favor/stocks/9856888?stock_creator_mchid=1900007291"),
//! );
//!
//! // Send the request unchanged, and pass the response back with the time of its arrival:
//! let response = http::Response::new(bytes::Bytes::from_static(b"{\"stock_id\":\"9856888\"}"));
//! let error = client.response(&operation, &response, 1_554_208_461).unwrap_err();
//! assert_eq!(error.to_string(), "the response could not be verified"); // It is not signed.
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | feature | what it adds |
//! |---|---|
//! | `rustcrypto` (default) | the provider `crypto::rustcrypto` |
//! | `aws-lc-rs` | the provider `crypto::aws_lc_rs` |
//! | `ring` | the provider `crypto::ring` |
//! | `graviola` | the provider `crypto::graviola` |
//! | `tracing` | a span per operation and an event per attempt, in [`drive`] and [`drive_async`] |
//! | `unpublished` | the module `cashcoupons::platform_favor`, with operations that were withdrawn |
//! | `arbitrary` | for tests: the module `testing`: generated operations and responses, `Arbitrary` for their types |
//! | `proptest` | for tests: `proptest` strategies for the same types |
//! | `insecure` | for tests: the module `crypto::insecure`, with keys that give **no security** |
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod cashcoupons;
mod certificates;
mod client;
pub mod crypto;
pub mod download;
mod echo;
pub mod error;
pub mod exchange;
mod merchant;
pub mod notification;
mod operation;
mod pages;
mod platform;
mod request;
mod response;
mod retry;
#[cfg(feature = "arbitrary")]
pub mod testing;
pub mod types;
mod verify;

pub use bytes;
pub use http;
pub use zeroize;

pub use certificates::DownloadCertificates;
pub use client::Client;
pub use echo::{SecurityEcho, SecurityEchoResponse};
pub use error::{BuildError, Error, Outcome};
pub use exchange::{AsyncIo, Exchange, Io, SendReason, Step, drive, drive_async};
pub use merchant::Merchant;
pub use operation::{BaseUrl, Body, Operation, Parts, ResponseSignature, field};
pub use pages::{Paged, Pages};
pub use platform::{PlatformCertificate, PlatformKeys, Sealed};
pub use request::{Nonce, Stamp, Unsigned};
pub use response::Answer;
pub use retry::RetryPolicy;
pub use types::MAX_CLOCK_DIFFERENCE;
pub use verify::{SCHEME, Verified};
