use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use super::{ConnectionChoice, Driven, Run, Step};
use crate::crypto::CryptoError;
use crate::error::TransportError;
use crate::request::Stamp;
use crate::types::UnixSeconds;

/// The IO that an async driver provides for an exchange or a callback, on any runtime: [`Io`](super::Io) with futures.
///
/// Implementations write `async fn`. The future of [`drive_async`] is `Send` if theirs are, so single-threaded runtimes
/// work as well.
pub trait AsyncIo {
    /// Waits at most this long until another request may be sent, and returns whether it may. With a `timeout` of zero, it
    /// may if it need not wait. The turn ends with the request that follows. A request without a turn before it, which is
    /// one for the platform's certificates, needs none.
    ///
    /// Drivers that limit the number of requests in flight implement this: a request that waited after it was signed would
    /// have less time for its response, and an old signature.
    fn turn(&mut self, timeout: Duration) -> impl Future<Output = bool> {
        let _ = timeout;
        async { true }
    }

    /// Sends the request unchanged on such a connection, and reads the whole response within `timeout`. Must not follow
    /// redirects.
    ///
    /// # Errors
    /// [`TransportError`], which says how far the request got.
    fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        connection: ConnectionChoice,
    ) -> impl Future<Output = Result<Response<Bytes>, TransportError>>;

    /// Waits for this duration.
    fn sleep(&mut self, duration: Duration) -> impl Future<Output = ()>;

    /// Returns the wall-clock time.
    fn unix_seconds(&mut self) -> UnixSeconds;

    /// Returns the time since this exchange or callback started, from a monotonic clock.
    fn elapsed(&mut self) -> Duration;

    /// Returns the current time with a fresh nonce.
    ///
    /// # Errors
    /// [`CryptoError`] when there is no entropy.
    fn stamp(&mut self) -> Result<Stamp, CryptoError>;
}

/// Runs an exchange, or the reading of a callback, to its end, and returns its result. This is [`drive`](super::drive) for
/// async drivers.
///
/// Dropping the future cancels the exchange and has no other effect. If a request was in flight, the outcome of its
/// operation is [`Unknown`](crate::Outcome::Unknown). See [`Receiving`](crate::notification::Receiving) about dropping
/// the future of a callback.
pub async fn drive_async<D: Driven>(driven: D, io: &mut impl AsyncIo) -> D::Output {
    let mut run = Run::new(driven);
    loop {
        if let Some(limit) = run.turn(io.elapsed(), io.unix_seconds())
            && !io.turn(limit).await
        {
            run.no_turn();
        }
        match run.next(io.elapsed(), io.stamp()) {
            Step::Send { request, timeout, connection, .. } => {
                let result = io.send(request, timeout, connection).await;
                run.ended(result, io.elapsed(), io.unix_seconds());
            }
            Step::Sleep(duration) => io.sleep(duration).await,
            Step::Done(output) => return output,
        }
    }
}
