//! The part of the two driver loops that does not wait.

use std::time::Duration;

use bytes::Bytes;
use http::Response;

use super::{Exchange, Step};
use crate::crypto::CryptoError;
use crate::error::{BuildError, Context, TransportError};
use crate::operation::Operation;
use crate::request::Stamp;
use crate::types::UnixSeconds;

/// An exchange that is being driven. With the feature `tracing`, it has a span, and an event per attempt.
pub(super) struct Run<O: Operation> {
    exchange: Exchange<O>,
    #[cfg(feature = "tracing")]
    span: tracing::Span,
    /// The time of the last poll, at which the current attempt began.
    polled: Duration,
}

impl<O: Operation> Run<O> {
    pub(super) fn new(exchange: Exchange<O>) -> Self {
        Self {
            #[cfg(feature = "tracing")]
            span: tracing::info_span!("wechatpay", operation = O::NAME, path = exchange.template()),
            polled: Duration::ZERO,
            exchange,
        }
    }

    /// Polls the exchange. Without entropy nothing can be sent, but a result known by then is still returned.
    pub(super) fn next(&mut self, elapsed: Duration, stamp: Result<Stamp, CryptoError>) -> Step<O::Response> {
        self.polled = elapsed;
        match stamp {
            Ok(stamp) => self.exchange.poll(elapsed, stamp),
            Err(error) => self.exchange.stop(BuildError::Crypto(error)),
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
            Ok(response) => self.exchange.on_response(&response, now),
            Err(error) => self.exchange.on_transport_error(error),
        }
        self.trace(context, elapsed.saturating_sub(self.polled));
    }

    /// Emits the event of an attempt. It contains nothing of the request, whose target and body may identify people.
    #[cfg(feature = "tracing")]
    fn trace(&self, context: Option<Context>, elapsed: Duration) {
        let error = self.exchange.error();
        tracing::debug!(
            parent: &self.span,
            attempt = self.exchange.attempts(),
            status = context.as_ref().map(|context| context.status.as_u16()),
            request_id = context.as_ref().and_then(|context| context.request_id.as_deref()),
            elapsed = ?elapsed,
            error = error.map(tracing::field::display),
            code = error.and_then(|error| error.api()?.code()).map(crate::error::ErrorCode::as_str),
            outcome = error.map(|error| tracing::field::debug(error.outcome())),
        );
    }

    #[cfg(not(feature = "tracing"))]
    fn trace(&self, _: Option<Context>, _: Duration) {}
}
