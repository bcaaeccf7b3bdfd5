//! A local stand-in for WeChat Pay's cash-coupon API, because there is no official one.
//!
//! It checks every request as the platform does (headers, clock, signature over the exact target and body), keeps
//! stocks and coupons with their life cycle, budgets and limits, gives the documented errors, and signs its answers.
//! Any client in any language can use it: run the binary, and it writes the files a merchant would have.
//!
//! ```text
//! cargo run -p wechatpay-sandbox -- --listen 127.0.0.1:8700 --credentials ./credentials
//! ```
//!
//! [`Sandbox::handle`] does no IO and takes the time as an argument, for simulations and fuzzing. So does
//! [`Sandbox::respond`], which adds the [faults](#faults) that were asked for; [`Server`] puts it behind HTTP.
//!
//! Below `/_sandbox`, unsigned and for tests:
//!
//! - `GET /_sandbox/state` shows everything, and counts the requests of each operation.
//! - `POST /_sandbox/clock` lets time pass: `{"advance_seconds": 86400}`.
//! - `POST /_sandbox/coupons/{coupon_id}/redeem` uses a coupon. The body may be empty, or a JSON object with any of
//!   `order_amount` (fen; at least, and by default, the coupon's threshold), `consume_mchid` (by default the
//!   creator) and `goods_detail` (a list as in `consume_information`).
//! - `POST /_sandbox/coupons/{coupon_id}/refund` gives back the payment it was used in.
//! - `POST /_sandbox/notifications` says which key signs them: `{"signed_by": "certificate"}`, or at first
//!   `"public_key"`.
//! - `POST /_sandbox/certificates/rotate` makes the platform a new certificate, which signs from then on.
//!   `GET /v3/certificates` lists both. It is forgotten when the sandbox ends: the credentials stay as they are.
//! - `POST /_sandbox/certificates/mode` with `{"public_key_only": true}` makes it a merchant without certificates.
//! - `POST /_sandbox/faults` asks for a [fault](#faults), `GET` shows those that no request has met yet, `DELETE`
//!   forgets them.
//!
//! Notifications go to the callback URL that was set, once a minute by the platform's time until one is answered with
//! 200 or 204, nine times at most. [`Server`] sends them, over plain HTTP to this machine;
//! [`Sandbox::next_delivery`] hands them to whoever else wants to.
//!
//! # Faults
//!
//! `{"operation": "coupon.send", "fault": "close_after", "times": 2, "skip": 1}` lets one request to send a coupon
//! pass, and closes the connection on the two after it. `operation` is the name of a
//! [`wechatpay_core::Operation`], `flow.download` for a flow file itself, or `"*"` for all; `times` is 1 and `skip` 0
//! unless given. Each request meets the first fault that waits for its operation, whoever sent it, and no other.
//!
//! | fault | what happens | parameters, by default |
//! |---|---|---|
//! | `delay` | the answer comes later | `milliseconds` 1000 |
//! | `close_before` | the connection is closed, nothing is acted on | |
//! | `close_after` | the connection is closed without an answer | |
//! | `never_answers` | nothing comes, the connection stays open | `acted` true |
//! | `truncate` | half of the body comes, then the connection is closed | |
//! | `wrong_length` | `Content-Length` says one byte more than comes, then the connection is closed | |
//! | `oversized` | so many spaces come instead of the body, in chunks | `bytes` 314572800 |
//! | `drip` | the body comes byte by byte | `milliseconds` before each, 1000 |
//! | `wrong_signature` | the signature is another's | |
//! | `unsigned` | there is no signature | |
//! | `unknown_serial` | nobody knows the key that the answer names | |
//! | `signature_probe` | the signature is a probe, `WECHATPAY/SIGNTEST/…` | |
//! | `stale_timestamp` | the signature is right but old | `seconds` ago, 600 |
//! | `accepted` | 202 without a body | `acted` false |
//! | `redirect` | 302 | `location` `/_sandbox/redirected`, where nothing is; `acted` true |
//! | `rate_limited` | 429 `FREQUENCY_LIMIT_EXCEED`, nothing is acted on | `retry_after` in seconds, 1 |
//! | `system_error` | 500 `SYSTEM_ERROR` | `acted` false |
//! | `forbidden` | 403 in HTML, unsigned: not the platform, but a firewall before it | `acted` false |
//! | `bad_gateway` | 502 in HTML, unsigned | `acted` false |
//! | `unavailable` | 503 `SERVICE_UNAVAILABLE` | `acted` false |
//!
//! `acted` says whether the request is acted on all the same; where nothing is said, it is. Faults of signatures
//! leave alone what is not signed, such as flow files.
//!
//! # Time
//!
//! Two clocks: signatures are made and checked by the real time, so that a client's own clock stays right, and
//! everything else happens by the platform's time, which can be advanced.
#![forbid(unsafe_code)]

mod calendar;
mod context;
mod control;
mod credentials;
mod error;
mod faults;
mod favor;
mod pipeline;
mod platform;
mod protocol;
mod routes;
mod sandbox;
mod server;
mod state;

pub use credentials::Credentials;
pub use error::SandboxError;
pub use faults::Wire;
pub use sandbox::Sandbox;
pub use server::{Server, serve};
pub use state::notifications::{Attempt, Delivery};
