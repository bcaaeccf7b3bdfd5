//! WeChat Pay APIv3 without IO.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod base_url;
pub mod cashcoupons;
mod client;
pub mod crypto;
pub mod error;
pub mod exchange;
pub mod field;
mod merchant;
mod operation;
mod platform;
mod sign;
pub mod types;
mod verify;

pub use bytes;
pub use http;

pub use base_url::BaseUrl;
pub use client::{Answer, Client};
pub use error::{Error, Outcome};
pub use exchange::{Exchange, Io, RetryPolicy, SendReason, Step, drive};
pub use merchant::Merchant;
pub use operation::{Body, Operation, Path, Query, QueryValue, ResponseSignature};
pub use platform::PlatformKeys;
pub use sign::{Nonce, SCHEME, Stamp, Unsigned};
pub use verify::{MAX_CLOCK_DIFFERENCE, Verified};
