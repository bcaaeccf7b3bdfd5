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
//! certificate. [`Client::receive`](crate::Client::receive) fetches the certificates then, and reads the callback again:
//! use it, or the drivers' methods of the same name, in place of `notification`. Callbacks with serial numbers that do not
//! exist cause at most one fetch a minute. If the certificates cannot be fetched, the error says why, and its reply makes
//! the platform send the callback again.
//!
//! `notification` fetches nothing: reading such a callback fails with
//! [`UnknownSerial`](crate::error::VerifyErrorKind::UnknownSerial). A program that does not use `receive` sends
//! [`DownloadCertificates`](crate::DownloadCertificates) regularly, at least every 12 hours. Merchants that use the public
//! key do not need to do anything.
//!
//! # What breaks the signature
//!
//! - A body that was parsed and serialised again, by a JSON extractor of the framework or by a proxy. Pass the bytes as
//!   they were received.
//! - A body that is empty, because an earlier handler or extractor has consumed it.
//! - `Wechatpay-*` headers that a proxy has removed or changed.

mod error;
mod received;
mod receiving;
#[cfg(test)]
mod receiving_table;
mod replay;
mod reply;

pub use error::{NotificationError, NotificationErrorKind};
pub use received::{Event, Notification, Received};
pub use receiving::Receiving;
pub use replay::ReplayGuard;
pub use reply::{accepted, refused};
