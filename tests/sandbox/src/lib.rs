//! sandbox: a local server that simulates WeChat Pay's cash-coupon API.
//!
//! WeChat Pay has no official sandbox for APIv3. This one can be used by a client in any language. It
//!
//! - checks every request as the platform does: headers, timestamp, and the signature over the exact target and body;
//! - keeps stocks and coupons with their life cycle, budgets and limits;
//! - returns the documented errors, and signs its responses;
//! - sends callbacks, and injects [faults](#faults) on request.
//!
//! The control interface has no authentication: listen on a loopback address only.
//!
//! # Start the program
//!
//! ```text
//! cargo run -p wechatpay-sandbox -- --listen 127.0.0.1:8700 --credentials ./credentials
//! ```
//!
//! Port 0 picks a free port; the program prints the URL. At the first start it generates credentials and writes them to
//! the folder. Later starts reuse them. An `apiclient_key.pem` from elsewhere is never overwritten. Only the owner can
//! read the files:
//!
//! | file | content |
//! |---|---|
//! | `wechatpay.env` | variables for a shell, see below |
//! | `apiclient_key.pem` | the merchant's private key |
//! | `apiclient_cert.pem` | the merchant's certificate |
//! | `pub_key.pem` | the platform's public key |
//! | `platform_cert.pem` | the platform's certificate |
//! | `sandbox_platform.json` | the platform's private keys, for the sandbox only |
//!
//! `wechatpay.env` is written at every start. Load it with `set -a; . ./credentials/wechatpay.env`. It sets
//! `WECHATPAY_BASE_URL`, `_MCHID`, `_SERIAL_NO`, `_PRIVATE_KEY_FILE`, `_API_V3_KEY`, `_PUBLIC_KEY_ID`,
//! `_PUBLIC_KEY_FILE`, `_PLATFORM_CERT_FILE` and `_APPID`. Configure your client with these values; the base URL
//! replaces `https://api.mch.weixin.qq.com`.
//!
//! # Control interface
//!
//! Paths below `/_sandbox` do what users or time would do. These requests are not signed:
//!
//! ```text
//! curl -d '{"advance_seconds": 86400}' http://127.0.0.1:8700/_sandbox/clock
//! ```
//!
//! | request to `/_sandbox` | JSON body | effect |
//! |---|---|---|
//! | `GET /state` | | returns the whole state |
//! | `POST /clock` | `{"advance_seconds": 86400}` | advances the platform's time |
//! | `POST /coupons/{coupon_id}/redeem` | optional | redeems a coupon |
//! | `POST /coupons/{coupon_id}/refund` | | refunds its payment |
//! | `POST /notifications` | `{"signed_by": "certificate"}` | selects the key that signs callbacks |
//! | `POST /certificates/rotate` | | adds a new platform certificate |
//! | `POST /certificates/mode` | `{"public_key_only": true}` | removes all platform certificates |
//! | `POST /faults` | see [Faults](#faults) | adds a fault |
//! | `GET /faults` | | lists pending faults |
//! | `DELETE /faults` | | removes pending faults |
//!
//! - **State**: includes the number of requests per operation.
//! - **Redeem**: the body may be empty, or a JSON object with any of these members. `order_amount` is in fen; its
//!   minimum and default is the coupon's threshold. `consume_mchid` defaults to the creator of the stock.
//!   `goods_detail` is a list as in `consume_information`.
//! - **Notifications**: `signed_by` is `"certificate"` or `"public_key"`, which is the default.
//! - **Rotate**: the new certificate signs from then on. `GET /v3/certificates` lists the old and the new one. The
//!   rotation is lost when the sandbox ends; the credentials files do not change.
//! - **Mode**: simulates a merchant that has the public key only. `false` restores the certificates.
//!
//! Callbacks are sent to the URL that the merchant has set. An attempt succeeds if the response is 200 or 204. After a
//! failure the next attempt is due a minute later in the platform's time, up to nine attempts. [`Server`] sends them,
//! over plain HTTP to loopback addresses only. [`Sandbox::next_delivery`] returns them to programs that send them
//! otherwise.
//!
//! # Faults
//!
//! ```text
//! {"operation": "coupon.send", "fault": "close_after", "times": 2, "skip": 1}
//! ```
//!
//! This lets one request to send a coupon pass, and closes the connection on the next two. `operation` is the name of a
//! [`wechatpay_core::Operation`], `flow.download` for the download of a flow file, or `"*"` for any operation. `times`
//! defaults to 1 and `skip` to 0. A request uses the first pending fault that matches its operation, and no other, no
//! matter which client sent it.
//!
//! | fault | effect | parameters and defaults |
//! |---|---|---|
//! | `delay` | delays the response | `milliseconds` 1000 |
//! | `close_before` | closes the connection before processing | |
//! | `close_after` | closes the connection after processing | |
//! | `never_answers` | sends no response, keeps the connection open | `acted` true |
//! | `truncate` | closes the connection after half of the body | |
//! | `wrong_length` | `Content-Length` is one byte too large, then closes | |
//! | `oversized` | replaces the body by spaces, in chunks | `bytes` 314572800 |
//! | `drip` | sends the body byte by byte | `milliseconds` per byte, 1000 |
//! | `wrong_signature` | changes the signature | |
//! | `unsigned` | removes the signature headers | |
//! | `unknown_serial` | names a key that does not exist | |
//! | `signature_probe` | signature starts with `WECHATPAY/SIGNTEST/` | |
//! | `stale_timestamp` | signs correctly with an old timestamp | `seconds` 600 |
//! | `accepted` | 202 without a body | `acted` false |
//! | `redirect` | 302 | `location` `/_sandbox/redirected` (404), `acted` true |
//! | `rate_limited` | 429 `FREQUENCY_LIMIT_EXCEED`, not processed | `retry_after` in seconds, 1 |
//! | `system_error` | 500 `SYSTEM_ERROR` | `acted` false |
//! | `forbidden` | 403 in HTML, unsigned, as from a firewall | `acted` false |
//! | `bad_gateway` | 502 in HTML, unsigned | `acted` false |
//! | `unavailable` | 503 `SERVICE_UNAVAILABLE` | `acted` false |
//!
//! `acted` selects whether the sandbox still processes the request. Faults without this parameter process it unless the
//! table says otherwise. The five signature faults do not change responses that have no signature, such as flow files.
//!
//! # Use it as a library
//!
//! ```
//! use std::net::Ipv4Addr;
//! use std::time::SystemTime;
//!
//! use wechatpay_sandbox::{Credentials, Sandbox, Server};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_secs());
//! let credentials = Credentials::generate(clock())?;
//! let sandbox = Sandbox::new(credentials.clone())?;
//!
//! // Port 0 picks a free port. The server stops when it is dropped.
//! let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox.clone(), clock)?;
//! println!("configure merchant {} with base URL {}", credentials.mchid(), server.url());
//!
//! // Clones share their state. The control interface also works without the server:
//! let request = http::Request::get("/_sandbox/state").body(bytes::Bytes::new())?;
//! assert_eq!(sandbox.handle(request, clock()).status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! [`Sandbox::handle`] does no IO and takes the time as an argument, which suits simulations and fuzzing. So does
//! [`Sandbox::respond`], which also applies faults. [`Server`] serves it over HTTP.
//!
//! # Time
//!
//! The sandbox has two clocks. Signatures are made and checked by the real time, so the client's own clock stays right.
//! Everything else uses the platform's time, which can be advanced.
#![forbid(unsafe_code)]

mod calendar;
mod context;
mod control;
mod credentials;
mod diagnosis;
mod error;
mod faults;
mod favor;
mod journal;
mod options;
mod pipeline;
mod platform;
mod protocol;
mod routes;
mod sandbox;
mod server;
mod state;
mod verify;

pub use credentials::Credentials;
pub use error::SandboxError;
pub use faults::Wire;
pub use options::Options;
pub use sandbox::Sandbox;
pub use server::{Server, serve};
pub use state::notifications::{Attempt, Delivery};
