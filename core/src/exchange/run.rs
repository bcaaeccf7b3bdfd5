//! The part of the two driver loops that does not wait.

use std::time::Duration;

use bytes::Bytes;
use http::Response;

use super::driven::Retry;
use super::report::{Report, Times};
use super::{Driven, Step};
use crate::crypto::CryptoError;
use crate::error::{BuildError, Context, TransportError};
use crate::operation::CrateOnly;
use crate::request::Stamp;
use crate::types::UnixSeconds;

/// An exchange, or a callback, that is being driven and reported.
pub(crate) struct Run<D: Driven> {
    driven: D,
    report: Report,
    /// When the wait for a turn began.
    asked: Option<Duration>,
    /// The time of the last poll, at which the current attempt began.
    polled: Duration,
    /// How long the current attempt waited for its turn.
    queued: Duration,
}

impl<D: Driven> Run<D> {
    pub(crate) fn new(driven: D) -> Self {
        let report = Report::begin(&driven.progress(CrateOnly));
        Self { driven, report, asked: None, polled: Duration::ZERO, queued: Duration::ZERO }
    }

    /// Returns how long to wait for a turn, if the next step is to send a request.
    pub(crate) fn turn(&mut self, elapsed: Duration, now: UnixSeconds) -> Option<Duration> {
        let limit = self.driven.turn(elapsed, now);
        self.asked = limit.map(|_| elapsed);
        limit
    }

    /// Records that the turn did not come.
    pub(crate) fn no_turn(&mut self) {
        self.driven.on_no_turn();
    }

    /// Polls the machine. Without entropy nothing can be sent, but a result known by then is still returned.
    pub(crate) fn next(&mut self, elapsed: Duration, stamp: Result<Stamp, CryptoError>) -> Step<D::Output> {
        self.polled = elapsed;
        self.queued = elapsed.saturating_sub(self.asked.take().unwrap_or(elapsed));
        let step = match stamp {
            Ok(stamp) => self.driven.poll(elapsed, stamp),
            Err(error) => Step::Done(self.driven.stop(BuildError::Crypto(error), CrateOnly)),
        };
        let progress = self.driven.progress(CrateOnly);
        match &step {
            Step::Send { .. } => {}
            Step::Sleep(delay) if progress.retry == Some(Retry::AfterPause) => {
                self.report.retry(&progress, *delay);
            }
            Step::Sleep(_) => {}
            Step::Done(output) => {
                let client = self.driven.client(CrateOnly);
                self.report.end(client, &progress, &D::end(output, CrateOnly), elapsed);
            }
        }
        step
    }

    /// Takes the result of an attempt.
    pub(crate) fn ended(
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
        self.attempted(context, elapsed);
    }

    /// Returns the machine, to tell it more than the result of an attempt.
    pub(crate) fn machine(&mut self) -> &mut D {
        &mut self.driven
    }

    /// Reports an attempt whose result the machine has.
    pub(crate) fn attempted(&self, context: Option<Context>, elapsed: Duration) {
        let times = Times { queued: self.queued, elapsed: elapsed.saturating_sub(self.polled) };
        let (client, progress) = (self.driven.client(CrateOnly), self.driven.progress(CrateOnly));
        self.report.attempt(client, &progress, context.as_ref(), &times);
    }
}
