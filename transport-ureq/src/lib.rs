//! Blocking driver for [`wechatpay_core`], based on [`ureq`] 3, for scripts, command-line tools and threads.
//!
//! The driver provides sockets, TLS, timeouts, size limits of responses, the clock and entropy. Retries, signatures and
//! errors are implemented in the core and are the same in every driver.
//!
//! ```no_run
//! use wechatpay_core::cashcoupons::SendCoupon;
//! use wechatpay_core::zeroize::Zeroizing;
//! use wechatpay_core::{Client, Merchant, PlatformKeys};
//! use wechatpay_ureq::PROVIDER;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let merchant = Merchant::from_pem(
//!     &PROVIDER,
//!     "1900007291".into(),
//!     "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
//!     Zeroizing::new(std::fs::read("apiclient_key.pem")?),
//! )?;
//! let platform = PlatformKeys::new();
//! platform.add_public_key(
//!     &PROVIDER,
//!     "PUB_KEY_ID_0000000000000024101100397200000006",
//!     std::fs::read("pub_key.pem")?,
//! )?;
//! let client = wechatpay_ureq::Client::new(Client::new(merchant, platform)?);
//!
//! let sent = client.send(&SendCoupon::new(
//!     "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
//!     "9865000".into(),
//!     "19000072912026112300001".into(),
//!     "wxd678efh567hg6787".into(),
//!     "1900007291".into(),
//! ));
//! match sent {
//!     Ok(answer) => println!("coupon {} went out", answer.coupon_id),
//!     Err(error) => println!("{}", error.outcome()),
//! }
//! # Ok(()) }
//! ```
//!
//! With the feature `tracing`, each operation is a span and each attempt an event at level debug, with the number of
//! the attempt, status, request ID, elapsed time and error. Neither contains data of the request.
//!
//! ureq itself logs complete URLs at the level `trace` of the crate `log`, and these URLs contain users' IDs. Keep that
//! level disabled for `ureq`.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod client;
mod connect;
mod transport;

pub use client::{Client, DEFAULT_DOWNLOAD_CAP, DEFAULT_DOWNLOAD_TIMEOUT, DEFAULT_RESPONSE_CAP};
pub use connect::agent;
#[cfg(feature = "aws-lc-rs")]
pub use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
