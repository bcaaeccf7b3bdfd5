//! One operation from its first request to its response, as a state machine without IO.
//!
//! Two state machines work together. The *attempts* send the request and retry it as often as the
//! [`RetryPolicy`](crate::RetryPolicy) allows. A *key fetch* takes over when a response is signed with an unknown
//! platform certificate: the response is parked while the certificates are fetched, and is then verified. The operation
//! is not sent again for that.
//!
//! The fetch is a read with attempts of its own, by the same policy and within the same deadline. One exchange of a
//! merchant at a time makes it, and it serves all exchanges that wait for it. If it fails for good, all of them are told
//! why, and no other fetch is made for 10 seconds, or for a minute if the platform says that the merchant has no
//! certificates. See [`CertificatesError`](crate::error::CertificatesError).
//!
//! A callback waits for certificates in the same way, with the same key fetch: see
//! [`Receiving`](crate::notification::Receiving). Responses and callbacks never fetch at the same time. But as anyone can
//! send callbacks, a fetch that was made for a callback does not delay the next one for a response.
//!
//! | row | state | event | condition | next |
//! |---|---|---|---|---|
//! | A1 | Ready | poll | time is left | send the request: InFlight |
//! | A2 | Ready | poll | the request cannot be signed | done: the error |
//! | A3 | InFlight | response | a success, or an error that is final | Ended |
//! | A4 | InFlight | response | an error after which the operation may be retried | Failed |
//! | A5 | InFlight | response | signed with an unknown certificate, and certificates can be fetched | Parked |
//! | A6 | InFlight | transport error | the operation may be retried | Failed |
//! | A7 | InFlight | transport error | the operation must not be retried | Ended |
//! | A8 | InFlight | poll | | the request counts as lost: A6 or A7, then poll in that state |
//! | A9 | Failed | poll | attempts and time are left | sleep: Waiting |
//! | A10 | Failed | poll | no attempt or no time is left | done: the error |
//! | A11 | Waiting | poll | time is left | send the request: InFlight |
//! | A12 | Waiting | poll | no time is left, or the turn did not come | done: the error |
//! | A13 | Ready | poll | no time is left, or the turn did not come | done: nothing was sent |
//! | A14 | InFlight | transport error | a kept connection was closed, the operation may be retried, and attempts are left | Waiting: the next request uses a new connection |
//! | K1 | Parked or Fetching | poll | the key has become known | read the response: A3 or A4 |
//! | K2 | Parked | poll | no other exchange is fetching | send a request for the certificates: Fetching |
//! | K3 | Parked | poll | another exchange is fetching | sleep: Parked |
//! | K4 | Parked | poll | the last fetch for a response is too recent, or no time is left | the response stays unverified: A3 or A4 |
//! | K5 | Fetching | response | certificates | on poll, read the parked response: A3 or A4 |
//! | K6 | Fetching | response or transport error | the fetch may be retried; attempts and time are left | on poll, sleep, then send again: Fetching |
//! | K7 | Fetching | response or transport error | the fetch has failed for good | on poll, as K4, with the error of the fetch |
//! | K8 | Fetching | poll | | the request counts as lost: K6 or K7 |
//! | K9 | Fetching | poll | the right to fetch has expired, and another exchange has it now | as K3 |
//! | E1 | Ended | poll | | done: the response or the error |
//! | E2 | done | poll | | done: an error, because the exchange has ended |
//! | E3 | any but InFlight and Fetching | response or transport error | | ignored |
//!
//! If an attempt before the last may have taken effect, an error that ends the exchange leaves the outcome unknown; see
//! [`Error::Unresolved`](crate::Error::Unresolved). An operation that only reads has no effect.
//!
//! No request is handed out without time for its response: if the deadline is over before the first one, the error is
//! [`NotSent`](crate::error::TransportErrorKind::NotSent).
//!
//! A driver provides sockets, clocks and entropy, and makes no decisions. [`drive`] is the whole loop for blocking
//! drivers, and [`drive_async`] the same for async drivers:
//!
//! ```
//! use std::time::Duration;
//! use wechatpay_core::{Exchange, Operation, Step, Stamp};
//! # fn send(_: http::Request<bytes::Bytes>, _: Duration)
//! # -> Result<http::Response<bytes::Bytes>, wechatpay_core::error::TransportError> { unimplemented!() }
//! # fn elapsed() -> Duration { Duration::ZERO }
//! # fn unix_seconds() -> u64 { 0 }
//! # fn stamp() -> Stamp { unimplemented!() }
//! fn run<O: Operation>(mut exchange: Exchange<O>) -> Result<wechatpay_core::Answer<O::Response>, wechatpay_core::Error> {
//!     loop {
//!         match exchange.poll(elapsed(), stamp()) {
//!             Step::Send { request, timeout, .. } => match send(request, timeout) {
//!                 Ok(response) => exchange.on_response(&response, unix_seconds()),
//!                 Err(error) => exchange.on_transport_error(error),
//!             },
//!             Step::Sleep(duration) => std::thread::sleep(duration),
//!             Step::Done(result) => return result,
//!         }
//!     }
//! }
//! ```

mod attempts;
mod drive;
mod drive_async;
mod driven;
mod key_fetch;
mod machine;
mod parked;
mod report;
mod requests;
mod run;
mod step;
#[cfg(test)]
mod transitions;

pub(crate) use attempts::{Attempts, Host, Kind, Next};
pub use drive::{Io, drive};
pub use drive_async::{AsyncIo, drive_async};
pub use driven::Driven;
pub(crate) use driven::{CallbackEnd, End, Progress};
pub(crate) use key_fetch::{KeyFetch, unknown_certificate};
pub use machine::Exchange;
use parked::Parked;
pub(crate) use report::callback as report_callback;
use requests::Requests;
pub(crate) use run::Run;
pub use step::{ConnectionChoice, SendReason, Step};
