use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use super::{Exchange, Run, Step};
use crate::crypto::CryptoError;
use crate::error::{Error, TransportError};
use crate::operation::Operation;
use crate::request::Stamp;
use crate::response::Answer;
use crate::types::UnixSeconds;

/// The IO that an async driver provides for an exchange, on any runtime: [`Io`](super::Io) with futures.
///
/// Implementations write `async fn`. The future of [`drive_async`] is `Send` if theirs are, so single-threaded runtimes
/// work as well.
pub trait AsyncIo {
    /// Sends the request unchanged and reads the whole response within `timeout`. Must not follow redirects.
    ///
    /// # Errors
    /// [`TransportError`], which says how far the request got.
    fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> impl Future<Output = Result<Response<Bytes>, TransportError>>;

    /// Waits for this duration.
    fn sleep(&mut self, duration: Duration) -> impl Future<Output = ()>;

    /// Returns the wall-clock time.
    fn unix_seconds(&mut self) -> UnixSeconds;

    /// Returns the time since this exchange started, from a monotonic clock.
    fn elapsed(&mut self) -> Duration;

    /// Returns the current time with a fresh nonce.
    ///
    /// # Errors
    /// [`CryptoError`] when there is no entropy.
    fn stamp(&mut self) -> Result<Stamp, CryptoError>;
}

/// Runs an exchange to its end. This is [`drive`](super::drive) for async drivers.
///
/// Dropping the future cancels the exchange and has no other effect. If a request was in flight, the outcome of its
/// operation is [`Unknown`](crate::Outcome::Unknown).
///
/// # Errors
/// The error that the exchange ends with.
pub async fn drive_async<O: Operation>(
    exchange: Exchange<O>,
    io: &mut impl AsyncIo,
) -> Result<Answer<O::Response>, Error> {
    let mut run = Run::new(exchange);
    loop {
        match run.next(io.elapsed(), io.stamp()) {
            Step::Send { request, timeout, .. } => {
                let result = io.send(request, timeout).await;
                run.ended(result, io.elapsed(), io.unix_seconds());
            }
            Step::Sleep(duration) => io.sleep(duration).await,
            Step::Done(result) => return result,
        }
    }
}
