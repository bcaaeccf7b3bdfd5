//! Callbacks (通知): what the platform tells the merchant by itself.
//!
//! A callback is verified, then decrypted, then read; a web framework only has to hand over headers and the body's
//! bytes as they came, and to send back the answer. Answer within five seconds, or the
//! platform sends it again.
//!
//! ```
//! use wechatpay_core::Client;
//! use wechatpay_core::cashcoupons::CouponUsed;
//! use wechatpay_core::notification::{Received, accepted};
//!
//! fn callback(client: &Client, request: &http::Request<Vec<u8>>, now: u64) -> http::Response<bytes::Bytes> {
//!     match client.notification::<CouponUsed>(request, now) {
//!         Ok(notification) => match &notification.event {
//!             // Duplicates are normal: store it under its id, and ignore an id that is there already.
//!             Received::Known(used) => println!("{} was used: {}", used.coupon_id, notification.id),
//!             Received::Unknown => println!("{} is not for us", notification.event_type),
//!         },
//!         Err(error) => return error.reply(),
//!     }
//!     // Once it is stored. `refused("…")` has it sent again later.
//!     accepted()
//! }
//! ```
//!
//! # When the platform's certificate changes
//!
//! Merchants that use platform certificates get callbacks signed with a new one some day:
//! [`UnknownSerial`](crate::error::VerifyErrorKind::UnknownSerial). Send
//! [`DownloadCertificates`](crate::DownloadCertificates), which updates the client's keys, and read the same headers and
//! bytes again. Do so once a minute at most: anybody can send a callback with a serial that does not exist. With the
//! public key there is nothing to do.

mod error;
mod received;
mod replay;
mod reply;

pub use error::{NotificationError, NotificationErrorKind};
pub use received::{Event, Notification, Received};
pub use replay::ReplayGuard;
pub use reply::{accepted, refused};
