//! Callbacks (通知), which the platform sends to the merchant.
//!
//! A callback is verified, decrypted and decoded. A web framework only has to pass in the headers and the bytes of the
//! body as received, and to send the reply. Reply within five seconds; otherwise the platform sends the callback again.
//!
//! ```
//! use wechatpay_core::Client;
//! use wechatpay_core::cashcoupons::CouponUsed;
//! use wechatpay_core::notification::{Received, accepted};
//!
//! fn callback(client: &Client, request: &http::Request<Vec<u8>>, now: u64) -> http::Response<bytes::Bytes> {
//!     match client.notification::<CouponUsed>(request, now) {
//!         Ok(notification) => match &notification.event {
//!             // Duplicates are normal: store the event under its id, and ignore an id that is already stored.
//!             Received::Known(used) => println!("{} was used: {}", used.coupon_id, notification.id),
//!             Received::Unknown => println!("ignored an event of type {}", notification.event_type),
//!         },
//!         Err(error) => return error.reply(),
//!     }
//!     // Reply after the event is stored. `refused("…")` makes the platform send it again later.
//!     accepted()
//! }
//! ```
//!
//! # When the platform's certificate changes
//!
//! Merchants that use platform certificates will at some point receive callbacks that are signed with a new
//! certificate. Reading such a callback fails with [`UnknownSerial`](crate::error::VerifyErrorKind::UnknownSerial).
//! Send [`DownloadCertificates`](crate::DownloadCertificates), which updates the client's keys, then read the same
//! headers and bytes again. Do so at most once a minute, because an attacker can send callbacks with serials that do
//! not exist. Merchants that use the public key do not need to do anything.

mod error;
mod received;
mod replay;
mod reply;

pub use error::{NotificationError, NotificationErrorKind};
pub use received::{Event, Notification, Received};
pub use replay::ReplayGuard;
pub use reply::{accepted, refused};
