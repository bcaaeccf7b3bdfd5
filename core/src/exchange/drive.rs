use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use super::{Exchange, State, Step};
use crate::client::Answer;
use crate::crypto::CryptoError;
use crate::error::{BuildError, Error, TransportError};
use crate::operation::Operation;
use crate::sign::Stamp;
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
pub fn drive<O: Operation>(
    mut exchange: Exchange<O>,
    io: &mut impl Io,
) -> Result<Answer<O::Response>, Error> {
    loop {
        match next(&mut exchange, io.elapsed(), io.stamp()) {
            Step::Send { request, timeout, .. } => {
                let result = io.send(request, timeout);
                ended(&mut exchange, result, io.unix_seconds());
            }
            Step::Sleep(duration) => io.sleep(duration),
            Step::Done(result) => return result,
        }
    }
}

/// Polls. Without entropy nothing can be sent, but what is known by then is still the result.
pub(super) fn next<O: Operation>(
    exchange: &mut Exchange<O>,
    elapsed: Duration,
    stamp: Result<Stamp, CryptoError>,
) -> Step<O::Response> {
    let no_entropy = match stamp {
        Ok(stamp) => return exchange.poll(elapsed, stamp),
        Err(error) => error,
    };
    let error = match std::mem::replace(&mut exchange.state, State::Over) {
        State::Finished(Ok(answer)) => return Step::Done(Ok(answer)),
        State::Finished(Err(error)) | State::Failed { error, .. } => error,
        State::Ready | State::Sent { .. } | State::Over => BuildError::Sign(no_entropy).into(),
    };
    Step::Done(Err(exchange.give_up(error)))
}

/// Hands over how an attempt ended.
pub(super) fn ended<O: Operation>(
    exchange: &mut Exchange<O>,
    result: Result<Response<Bytes>, TransportError>,
    now: UnixSeconds,
) {
    match result {
        Ok(response) => exchange.on_response(&response, now),
        Err(error) => exchange.on_transport_error(error),
    }
}
