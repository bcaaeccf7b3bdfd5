//! Blocking client for cash coupons (代金券) on WeChat Pay APIv3, based on [`ureq`] 3: for scripts, command-line tools
//! and threads. It drives [`wechatpay_core`], which is re-exported as [`core`], so one dependency is enough.
//!
//! The driver provides sockets, TLS, timeouts, size limits of responses, the clock and entropy. Retries, signatures and
//! errors are implemented in the core and are the same in every driver.
//!
//! The first lines of a program take everything from the [environment](settings_from_env):
//!
//! ```no_run
//! use wechatpay_ureq::Client;
//! use wechatpay_ureq::core::cashcoupons::QueryStock;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::from_env()?; // WECHATPAY_MCHID, WECHATPAY_PRIVATE_KEY_FILE, …
//! let stock = client.send(&QueryStock::new("9856888".into(), "1900007291".into()))?;
//! println!("{}: {} coupons sent", stock.stock_name, stock.distributed_coupons.unwrap_or_default());
//! # Ok(()) }
//! ```
//!
//! [`core::settings`] lists the variables. `Client::from_settings` takes them from anywhere
//! else, and the parts can be put together by hand:
//!
//! ```no_run
//! use wechatpay_ureq::core::cashcoupons::{RequiredCouponFields, SendCoupon};
//! use wechatpay_ureq::core::zeroize::Zeroizing;
//! use wechatpay_ureq::core::{self, Merchant, Outcome, PlatformKeys};
//! use wechatpay_ureq::{Client, PROVIDER};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
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
//! match client.send(&coupon) {
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
//! # Connections
//!
//! [`Client`] lists the defaults, and how to change them. Names are looked up when a connection is made, not for each
//! request, and the addresses of a host are tried in turn. An error says in which [phase](core::error::Phase) the request
//! failed, and whether anything of it was sent. A request that meets a connection which the server has just closed is
//! sent again at once, on a new connection, if the operation and the [`RetryPolicy`](core::RetryPolicy) allow it.
//!
//! At most 128 requests are in flight ([`with_concurrency`](Client::with_concurrency)). Other calls wait for their turn
//! before they sign their request, and fail as not sent if it does not come in time.
//!
//! [`warm_up`](Client::warm_up) does at the start of a program what would make its first call slower than later ones. For
//! TLS or proxies that the setters do not cover, bring an [`agent`] of your own: [`agent_config`] is the starting point
//! that keeps all defaults.
//!
//! # Logs
//!
//! With the feature `tracing`, each operation is a span that ends with its outcome, each attempt an event at level debug
//! with all causes, and each retry a warning with its delay. [`core::metrics`] reports the same as values. Neither contains data
//! of the request.
//!
//! ureq itself logs complete URLs at the level `trace` of the crate `log`, and these URLs contain users' IDs. Keep that
//! level disabled for `ureq`.
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

mod agent;
mod bulk;
mod call;
mod client;
mod clock;
mod configure;
mod connect;
mod defaults;
mod env;
mod failure;
mod limit;
mod progress;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
mod recipe;
mod turns;
mod workers;

pub use agent::{agent, agent_config};
pub use client::{Client, DEFAULT_DOWNLOAD_CAP, DEFAULT_DOWNLOAD_TIMEOUT, DEFAULT_RESPONSE_CAP};
pub use defaults::{DEFAULT_CONCURRENCY, DEFAULT_CONNECT_TIMEOUT};
pub use env::settings_from_env;
#[cfg(feature = "aws-lc-rs")]
pub use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
