use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode, Uri};

use super::Step;
use crate::client::Client;
use crate::error::{BuildError, Error, TransportError};
use crate::operation::CrateOnly;
use crate::request::Stamp;
use crate::types::UnixSeconds;

/// A state machine that [`drive`](super::drive) and [`drive_async`](super::drive_async) run: an
/// [`Exchange`](super::Exchange), or a [`Receiving`](crate::notification::Receiving).
///
/// This trait is sealed: it cannot be implemented outside this crate.
pub trait Driven {
    /// What it ends with.
    type Output;

    /// Returns how long the next request may wait for its turn, if the next step is to send one that needs a turn. A request
    /// for the platform's certificates needs none: only one is in flight at a time, and other calls wait for it. Zero means that it may be
    /// sent if it need not wait. `now` is the local time. The wait ends before the deadline of the call, so that half the time
    /// of an attempt is left.
    ///
    /// Drivers that limit the number of requests in flight call this before [`poll`](Self::poll), and wait: a request that
    /// waited after it was signed would have less time for its response, and an old signature. Others need not call it.
    fn turn(&mut self, elapsed: Duration, now: UnixSeconds) -> Option<Duration>;

    /// Records that the turn of the next request did not come in time. Then nothing more is sent.
    fn on_no_turn(&mut self);

    /// Returns the next step. `elapsed` is the time since it started, from a monotonic clock. `stamp` holds the current
    /// time and a fresh nonce.
    fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> Step<Self::Output>;

    /// Takes the response to the request in flight. `now` is the local time.
    fn on_response(&mut self, response: &Response<Bytes>, now: UnixSeconds);

    /// Records that the request in flight ended without a response.
    fn on_transport_error(&mut self, error: TransportError);

    /// Ends because nothing more can be sent, for `reason`.
    #[doc(hidden)]
    fn stop(&mut self, reason: BuildError, _: CrateOnly) -> Self::Output;

    /// Returns where the machine stands.
    #[doc(hidden)]
    fn progress(&self, _: CrateOnly) -> Progress<'_>;

    /// Returns the client whose request it is.
    #[doc(hidden)]
    fn client(&self, _: CrateOnly) -> &Client;

    /// Returns how it ended.
    #[doc(hidden)]
    fn end(output: &Self::Output, _: CrateOnly) -> End<'_>;
}

/// Where a state machine stands.
pub struct Progress<'a> {
    pub(crate) operation: &'static str,
    /// The path of its requests, with parameters in braces.
    pub(crate) path: &'static str,
    /// The number of requests of the operation that have been passed to the driver, or of those for certificates while
    /// they are fetched.
    pub(crate) attempts: u32,
    /// The URI of the last request.
    pub(crate) uri: Option<&'a Uri>,
    /// The error of the last request, if it failed.
    pub(crate) error: Option<&'a Error>,
    /// Whether that request is to be sent again.
    pub(crate) retry: Option<Retry>,
}

/// When a request is to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    AtOnce,
    AfterPause,
}

/// How a state machine ended.
pub enum End<'a> {
    Operation(Option<&'a Error>),
    Callback(CallbackEnd<'a>),
}

/// The type of the event of a callback that was read, or the status of the reply to one that was refused, and why.
pub(crate) type CallbackEnd<'a> = Result<&'a str, (StatusCode, &'a dyn std::error::Error)>;
