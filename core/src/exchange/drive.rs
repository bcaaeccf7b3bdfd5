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

/// What a blocking driver does for an exchange.
pub trait Io {
    /// Sends a request as it is and reads the whole answer within `timeout`; follows no redirect.
    ///
    /// # Errors
    /// [`TransportError`] with what is known of how far the request came.
    fn send(&mut self, request: Request<Bytes>, timeout: Duration)
    -> Result<Response<Bytes>, TransportError>;

    /// Waits.
    fn sleep(&mut self, duration: Duration);

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

/// Drives an exchange to its end: the whole of a blocking driver but for the IO itself.
///
/// # Errors
/// Whatever the exchange ends with.
pub fn drive<O: Operation>(exchange: Exchange<O>, io: &mut impl Io) -> Result<Answer<O::Response>, Error> {
    let mut run = Run::new(exchange);
    loop {
        match run.next(io.elapsed(), io.stamp()) {
            Step::Send { request, timeout, .. } => {
                let result = io.send(request, timeout);
                run.ended(result, io.elapsed(), io.unix_seconds());
            }
            Step::Sleep(duration) => io.sleep(duration),
            Step::Done(result) => return result,
        }
    }
}
