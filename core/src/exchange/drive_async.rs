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

/// What an async driver does for an exchange, on whatever runtime: [`Io`](super::Io) with futures.
///
/// Implementations write `async fn`. Whether the future of [`drive_async`] is `Send` follows from theirs, so that
/// runtimes of one thread fit as well.
pub trait AsyncIo {
    /// Sends a request as it is and reads the whole answer within `timeout`; follows no redirect.
    ///
    /// # Errors
    /// [`TransportError`] with what is known of how far the request came.
    fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> impl Future<Output = Result<Response<Bytes>, TransportError>>;

    /// Waits.
    fn sleep(&mut self, duration: Duration) -> impl Future<Output = ()>;

    /// The time by the wall clock.
    fn unix_seconds(&mut self) -> UnixSeconds;

    /// The time since this exchange began, by a clock that never goes back.
    fn elapsed(&mut self) -> Duration;

    /// The current time with a fresh nonce.
    ///
    /// # Errors
    /// [`CryptoError`] when there is no entropy.
    fn stamp(&mut self) -> Result<Stamp, CryptoError>;
}

/// Drives an exchange to its end: [`drive`](super::drive) for async drivers.
///
/// Dropping the future ends the exchange and harms nothing else. If a request was under way, its operation is then
/// [`Unknown`](crate::Outcome::Unknown).
///
/// # Errors
/// Whatever the exchange ends with.
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
