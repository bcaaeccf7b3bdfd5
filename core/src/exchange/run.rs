//! The part of the two driver loops that does not wait.

use std::time::Duration;

use bytes::Bytes;
use http::Response;

use super::{Driven, Step};
use crate::crypto::CryptoError;
use crate::error::{BuildError, Context, TransportError};
use crate::operation::CrateOnly;
use crate::request::Stamp;
use crate::types::UnixSeconds;

/// An exchange, or a callback, that is being driven. With the feature `tracing`, it has a span, and an event per attempt.
pub(super) struct Run<D: Driven> {
    driven: D,
    #[cfg(feature = "tracing")]
    span: tracing::Span,
    /// The time of the last poll, at which the current attempt began.
    polled: Duration,
}

impl<D: Driven> Run<D> {
    pub(super) fn new(driven: D) -> Self {
        #[cfg(feature = "tracing")]
        let progress = driven.progress(CrateOnly);
        Self {
            #[cfg(feature = "tracing")]
            span: tracing::info_span!("wechatpay", operation = progress.operation, path = progress.path),
            polled: Duration::ZERO,
            driven,
        }
    }

    /// Returns how long to wait for a turn, if the next step is to send a request.
    pub(super) fn turn(&mut self, elapsed: Duration, now: UnixSeconds) -> Option<Duration> {
        self.driven.turn(elapsed, now)
    }

    /// Records that the turn did not come.
    pub(super) fn no_turn(&mut self) {
        self.driven.on_no_turn();
    }

    /// Polls the machine. Without entropy nothing can be sent, but a result known by then is still returned.
    pub(super) fn next(&mut self, elapsed: Duration, stamp: Result<Stamp, CryptoError>) -> Step<D::Output> {
        self.polled = elapsed;
        match stamp {
            Ok(stamp) => self.driven.poll(elapsed, stamp),
            Err(error) => Step::Done(self.driven.stop(BuildError::Crypto(error), CrateOnly)),
        }
    }

    /// Takes the result of an attempt.
    pub(super) fn ended(
        &mut self,
        result: Result<Response<Bytes>, TransportError>,
        elapsed: Duration,
        now: UnixSeconds,
    ) {
        let context = result.as_ref().ok().map(Context::of);
        match result {
            Ok(response) => self.driven.on_response(&response, now),
            Err(error) => self.driven.on_transport_error(error),
        }
        self.trace(context, elapsed.saturating_sub(self.polled));
    }

    /// Emits the event of an attempt. It contains nothing of the request, whose target and body may identify people.
    #[cfg(feature = "tracing")]
    fn trace(&self, context: Option<Context>, elapsed: Duration) {
        let progress = self.driven.progress(CrateOnly);
        tracing::debug!(
            parent: &self.span,
            attempt = progress.attempts,
            status = context.as_ref().map(|context| context.status.as_u16()),
            request_id = context.as_ref().and_then(|context| context.request_id.as_deref()),
            elapsed = ?elapsed,
            error = progress.error.map(tracing::field::display),
            code = progress.code.map(crate::error::ErrorCode::as_str),
            outcome = progress.outcome.map(tracing::field::debug),
        );
    }

    #[cfg(not(feature = "tracing"))]
    fn trace(&self, _: Option<Context>, _: Duration) {}
}
