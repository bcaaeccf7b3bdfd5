//! Async client for cash coupons (代金券) on WeChat Pay APIv3, based on hyper 1 and tokio. It drives [`wechatpay_core`],
//! which is re-exported as [`core`], so one dependency is enough.
//!
//! The driver provides sockets, TLS, timeouts, size limits of responses, the clock and entropy. Retries, signatures and
//! errors are implemented in the core and are the same in every driver. The methods are those of the blocking driver,
//! `wechatpay-ureq`.
//!
//! The first lines of a program take everything from the [environment](settings_from_env):
//!
//! ```no_run
//! use wechatpay_hyper::Client;
//! use wechatpay_hyper::core::cashcoupons::QueryStock;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::from_env()?; // WECHATPAY_MCHID, WECHATPAY_PRIVATE_KEY_FILE, …
//! let stock = client.send(&QueryStock::new("9856888".into(), "1900007291".into())).await?;
//! println!("{}: {} coupons sent", stock.stock_name, stock.distributed_coupons.unwrap_or_default());
//! # Ok(()) }
//! ```
//!
//! [`core::settings`] lists the variables. `Client::from_settings` takes them from anywhere
//! else, and the parts can be put together by hand:
//!
//! ```no_run
//! use wechatpay_hyper::core::cashcoupons::{RequiredCouponFields, SendCoupon};
//! use wechatpay_hyper::core::zeroize::Zeroizing;
//! use wechatpay_hyper::core::{self, Merchant, Outcome, PlatformKeys};
//! use wechatpay_hyper::{Client, PROVIDER};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let merchant = Merchant::from_pem(
//!     &PROVIDER,
//!     "1900007291".into(),                                 // merchant number (商户号)
//!     "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",          // serial of its certificate (商户API证书序列号)
//!     Zeroizing::new(std::fs::read("apiclient_key.pem")?), // its private key
//! )?;
//! let platform = PlatformKeys::new();
//! platform.add_public_key(
//!     &PROVIDER,
//!     "PUB_KEY_ID_0000000000000024101100397200000006", // ID of the public key (微信支付公钥ID)
//!     std::fs::read("pub_key.pem")?,
//! )?;
//! let client = Client::new(core::Client::new(merchant, platform)?);
//!
//! let coupon = SendCoupon::new(RequiredCouponFields {
//!     openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
//!     appid: "wxd678efh567hg6787".into(),
//!     stock_id: "9865000".into(),
//!     stock_creator_mchid: "1900007291".into(),
//!     out_request_no: "19000072912026112300001".into(), // store it before sending
//! });
//! match client.send(&coupon).await {
//!     Ok(sent) => println!("coupon {} was sent", sent.coupon_id),
//!     Err(error) => match error.outcome() {
//!         Outcome::NotSent | Outcome::Rejected => println!("this call sent no coupon: {error:#}"),
//!         Outcome::Unknown => println!("send the identical request again: {error:#}"),
//!         Outcome::Done => println!("the coupon was sent: {error:#}"),
//!     },
//! }
//! # Ok(()) }
//! ```
//!
//! Futures are `Send + 'static` and hold no borrow, so they can be spawned directly. They require a tokio runtime with
//! IO and time enabled. One client may be used in several runtimes: each has its own connections. Dropping a future at any
//! point closes its connection if a request is in flight and affects nothing else. The outcome of the operation is then [`Unknown`](wechatpay_core::Outcome::Unknown). Only a fetch of
//! certificates that [`Client::receive`] has begun is completed, because it serves all callbacks.
//!
//! At most 128 requests are in flight at a time; further calls wait for their turn, in order, before they are signed.
//! Connections are kept for 10 seconds. If the server closes one just as it is used again, the core sends an idempotent
//! operation again at once, on a new connection. That is an attempt of its own: HTTP itself never sends a request twice.
//! Host names are looked up only to make a connection. See [`Client`] for these and other limits.
//!
//! With the feature `tracing`, each operation is a span that ends with its outcome, each attempt an event at level debug
//! with all causes, and each retry a warning with its delay. [`core::metrics`] reports the same as values. Neither contains data
//! of the request.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `aws-lc-rs` (default) | `Client::new` and `Client::from_env`: TLS and signing by AWS-LC. Requires a C compiler. |
//! | `ring` | `Client::with_ring` and `Client::from_env_with_ring`: TLS and signing by ring, which builds faster. Requires a C compiler. |
//! | `tracing` | a span per operation, an event per attempt, a warning per retry, an event per callback |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub use wechatpay_core as core;

mod bulk;
mod call;
mod client;
mod configure;
mod connector;
mod dial;
mod env;
mod limit;
mod list;
mod lookup;
mod pool;
mod progress;
mod receive;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
mod route;
mod stream;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
mod tls;
mod transport;

pub use client::{
    Client, DEFAULT_CONCURRENCY, DEFAULT_DOWNLOAD_CAP, DEFAULT_DOWNLOAD_TIMEOUT, DEFAULT_RESPONSE_CAP,
};
pub use connector::{Connector, DEFAULT_CONNECT_TIMEOUT, connector};
pub use env::settings_from_env;
pub use list::List;
#[cfg(feature = "aws-lc-rs")]
pub use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
