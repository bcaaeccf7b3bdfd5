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

/// The IO that a blocking driver provides for an exchange.
pub trait Io {
    /// Sends the request unchanged and reads the whole response within `timeout`. Must not follow redirects.
    ///
    /// # Errors
    /// [`TransportError`], which says how far the request got.
    fn send(&mut self, request: Request<Bytes>, timeout: Duration)
    -> Result<Response<Bytes>, TransportError>;

    /// Blocks for this duration.
    fn sleep(&mut self, duration: Duration);

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

/// Runs an exchange to its end. A blocking driver only has to provide the IO.
///
/// # Errors
/// The error that the exchange ends with.
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
