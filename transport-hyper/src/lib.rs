//! Async driver for [`wechatpay_core`], based on hyper 1 and tokio.
//!
//! The driver provides sockets, TLS, timeouts, size limits of responses, the clock and entropy. Retries, signatures and
//! errors are implemented in the core and are the same in every driver. The methods are those of the blocking driver.
//!
//! ```no_run
//! use wechatpay_core::cashcoupons::SendCoupon;
//! use wechatpay_core::zeroize::Zeroizing;
//! use wechatpay_core::{Client, Merchant, PlatformKeys};
//! use wechatpay_hyper::PROVIDER;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
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
//! let client = wechatpay_hyper::Client::new(Client::new(merchant, platform)?);
//!
//! let sent = client.send(&SendCoupon::new(
//!     "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
//!     "9865000".into(),
//!     "19000072912026112300001".into(),
//!     "wxd678efh567hg6787".into(),
//!     "1900007291".into(),
//! ));
//! match sent.await {
//!     Ok(answer) => println!("coupon {} went out", answer.coupon_id),
//!     Err(error) => println!("{}", error.outcome()),
//! }
//! # Ok(()) }
//! ```
//!
//! Futures are `Send + 'static` and hold no borrow, so they can be spawned directly. They require a tokio runtime with
//! IO and time enabled. Dropping a future at any point closes its connection if a request is in flight and affects
//! nothing else. The outcome of the operation is then [`Unknown`](wechatpay_core::Outcome::Unknown).
//!
//! With the feature `tracing`, each operation is a span and each attempt an event at level debug, with the number of
//! the attempt, status, request ID, elapsed time and error. Neither contains data of the request.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod client;
mod list;
mod transport;

pub use client::{
    Client, DEFAULT_CONCURRENCY, DEFAULT_DOWNLOAD_CAP, DEFAULT_DOWNLOAD_TIMEOUT, DEFAULT_RESPONSE_CAP,
};
pub use list::List;
#[cfg(feature = "aws-lc-rs")]
pub use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
