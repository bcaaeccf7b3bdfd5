//! sandbox: a local server that simulates WeChat Pay's cash-coupon API.
//!
//! WeChat Pay has no official sandbox for APIv3. This one can be used by a client in any language. It
//!
//! - checks every request as the platform does: headers, timestamp, and the signature over the exact target and body;
//! - keeps stocks and coupons with their life cycle, budgets and limits;
//! - returns the documented errors, and signs its responses;
//! - sends callbacks, and injects faults, limits and moods on request;
//! - says [which mistake](#refused-signatures) was made when it refuses a signature.
//!
//! The control interface has no authentication: listen on a loopback address, or in a network whose members may all drive
//! it. Web pages of other origins cannot: requests to `/` and `/_sandbox` are checked by `Host`, `Sec-Fetch-Site` and
//! `Origin`.
//!
//! The guide `docs/sandbox.md` in the repository has all options, control requests, faults and limits, and five minutes
//! each for developers of Go, Java, PHP, Python and Node.
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
//! | `ca.pem`, `sandbox_ca_key.pem` | with `--listen-tls`: the sandbox's CA, and its private key |
//!
//! `wechatpay.env` is written at every start. Load it with `set -a; . ./credentials/wechatpay.env`. It sets
//! `WECHATPAY_BASE_URL`, `_MCHID`, `_SERIAL_NO`, `_PRIVATE_KEY_FILE`, `_CERT_FILE`, `_API_V3_KEY`, `_PUBLIC_KEY_ID`,
//! `_PUBLIC_KEY_FILE`, `_PLATFORM_CERT_FILE` and `_APPID`, and with `--listen-tls` also `_CA_FILE`. Configure your client with these values; the base URL
//! replaces `https://api.mch.weixin.qq.com`.
//!
//! # Control interface
//!
//! Paths below `/_sandbox` do what users, time or an operator would do, and show what arrived. These requests are not
//! signed. `GET /_sandbox/openapi.json` describes them all.
//! Opened in a browser, the URL of the sandbox shows a console: pages and forms for the same requests.
//!
//! ```text
//! curl http://127.0.0.1:8700/_sandbox/requests?refused=true
//! curl -d '{"advance_seconds": 86400}' http://127.0.0.1:8700/_sandbox/clock
//! curl -d '{"operation": "coupon.send", "fault": "close_after", "times": 2}' http://127.0.0.1:8700/_sandbox/faults
//! curl -d '{"coupon.send": {"per_second": 50}}' http://127.0.0.1:8700/_sandbox/limits
//! ```
//!
//! Callbacks are sent to the URL that the merchant has set. An attempt succeeds if the response is 200 or 204. After a
//! failure the next attempt is due a minute later in the platform's time, up to nine attempts. [`Server`] sends them,
//! over plain HTTP to loopback addresses, and to the hosts that [`Options::deliver_to`] allows.
//! [`Sandbox::next_delivery`] returns them to programs that send them otherwise.
//!
//! # Refused signatures
//!
//! A 401 has the mistakes in `detail.sandbox.diagnosis`, each with a `code` and a sentence (`says`), in Chinese, or in
//! English for `Accept-Language: en`. The sandbox opens the signature with the keys that it knows and looks for the message
//! that was signed, so that a mistake in the message is named only if it is proven.
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
//! [`Sandbox::respond`], which also applies faults. [`Server`] serves it over HTTP or HTTPS.
//!
//! # Time
//!
//! The sandbox has two clocks. Signatures are made and checked by the real time, so the client's own clock stays right.
//! Everything else uses the platform's time, which can be advanced.
#![forbid(unsafe_code)]

mod calendar;
mod console;
mod context;
mod control;
mod credentials;
mod diagnosis;
mod error;
mod faults;
mod favor;
mod import;
mod journal;
mod keeper;
mod limits;
#[cfg(test)]
mod million;
mod options;
mod persistence;
mod pipeline;
mod platform;
#[doc(hidden)]
pub mod program;
mod protocol;
mod respond;
mod routes;
mod sandbox;
mod server;
mod state;
mod streaming;
mod tls;
mod verify;

pub use credentials::{Credentials, CredentialsFolder, FolderLock};
pub use error::SandboxError;
pub use faults::Wire;
pub use options::{Answered, Options};
pub use persistence::StateFileError;
pub use protocol::delivery_host::DeliveryHost;
pub use respond::RespondError;
pub use sandbox::Sandbox;
pub use server::{Listener, Server, serve};
pub use state::notifications::{Attempt, Delivery};
pub use streaming::Streaming;
pub use tls::Tls;
