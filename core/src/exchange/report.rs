//! What is reported of an exchange or a callback, to [`Metrics`](crate::metrics::Metrics) and, with the feature `tracing`,
//! as a span with events. A report contains nothing of a request but its host, because its target and its body may
//! identify people.

use std::time::Duration;

use http::Uri;
#[cfg(feature = "tracing")]
use tracing::field::{Empty, debug};

use super::driven::{CallbackEnd, End, Progress, Retry};
use crate::client::Client;
use crate::error::Context;
#[cfg(feature = "tracing")]
use crate::error::{Error, ErrorCode, OneLine, Phase};
use crate::metrics::{AttemptReport, CallbackReport, OperationReport};

/// The reports about one exchange or callback.
pub(super) struct Report {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

/// The times of an attempt.
pub(super) struct Times {
    pub(super) queued: Duration,
    pub(super) elapsed: Duration,
}

impl Report {
    pub(super) fn begin(progress: &Progress<'_>) -> Self {
        #[cfg(not(feature = "tracing"))]
        let _ = progress;
        Self {
            #[cfg(feature = "tracing")]
            span: tracing::info_span!(
                "wechatpay",
                operation = progress.operation,
                path = progress.path,
                outcome = Empty,
                attempts = Empty,
                elapsed = Empty,
                host = Empty,
                code = Empty,
                reason = Empty,
            ),
        }
    }

    /// Reports an attempt, and whether it is repeated at once.
    pub(super) fn attempt(
        &self,
        client: &Client,
        progress: &Progress<'_>,
        context: Option<&Context>,
        times: &Times,
    ) {
        let http_status = context.map(|context| context.status);
        if let Some(metrics) = client.metrics() {
            metrics.attempt(&AttemptReport {
                operation: progress.operation,
                path: progress.path,
                attempt: progress.attempts,
                host: host(progress.uri),
                queued: times.queued,
                elapsed: times.elapsed,
                http_status,
                error: progress.error,
            });
        }
        #[cfg(feature = "tracing")]
        tracing::debug!(
            parent: &self.span,
            attempt = progress.attempts,
            host = host(progress.uri),
            status = http_status.map(|status| status.as_u16()),
            request_id = context.and_then(|context| context.request_id.as_deref()),
            queued = ?times.queued,
            elapsed = ?times.elapsed,
            phase = progress.error.and_then(Error::phase).map(Phase::as_str),
            code = progress.error.and_then(Error::code).map(ErrorCode::as_str),
            outcome = progress.error.map(|error| debug(error.outcome())),
            error = progress.error.map(|error| display(format!("{error:#}"))),
        );
        if progress.retry == Some(Retry::AtOnce) {
            self.retry(progress, Duration::ZERO);
        }
    }

    /// Warns that the last request is sent again after `delay`.
    pub(super) fn retry(&self, progress: &Progress<'_>, delay: Duration) {
        #[cfg(feature = "tracing")]
        if let Some(error) = progress.error {
            tracing::warn!(
                parent: &self.span,
                attempt = progress.attempts,
                ?delay,
                error = format_args!("{error:#}"),
                "the request is sent again",
            );
        }
        #[cfg(not(feature = "tracing"))]
        let _ = (progress, delay);
    }

    /// Reports the end.
    pub(super) fn end(&self, client: &Client, progress: &Progress<'_>, end: &End<'_>, elapsed: Duration) {
        match end {
            End::Operation(error) => {
                let report = OperationReport {
                    operation: progress.operation,
                    path: progress.path,
                    attempts: progress.attempts,
                    host: host(progress.uri),
                    elapsed,
                    error: *error,
                };
                if let Some(metrics) = client.metrics() {
                    metrics.operation(&report);
                }
                #[cfg(feature = "tracing")]
                self.record(&report);
            }
            End::Callback(result) => {
                #[cfg(feature = "tracing")]
                let _entered = self.span.enter();
                callback(client, result, Some(elapsed));
            }
        }
    }

    #[cfg(feature = "tracing")]
    fn record(&self, report: &OperationReport<'_>) {
        if self.span.is_disabled() {
            return;
        }
        self.span.record("outcome", debug(report.outcome()));
        self.span.record("attempts", report.attempts);
        self.span.record("elapsed", debug(report.elapsed));
        self.span.record("host", report.host);
        if let Some(error) = report.error {
            self.span.record("code", error.code().map(ErrorCode::as_str));
            self.span.record("reason", tracing::field::display(format_args!("{error:#}")));
        }
    }
}

/// Reports a callback.
pub(crate) fn callback(client: &Client, end: &CallbackEnd<'_>, elapsed: Option<Duration>) {
    let refused = end.as_ref().err();
    let (event_type, status) = (end.as_ref().ok().copied(), refused.map(|(status, _)| *status));
    if let Some(metrics) = client.metrics() {
        metrics.callback(&CallbackReport { event_type, refused: status, elapsed });
    }
    #[cfg(feature = "tracing")]
    tracing::debug!(
        event_type = event_type.map(|event_type| display(OneLine(event_type))),
        status = status.map(|status| status.as_u16()),
        elapsed = elapsed.map(debug),
        error = refused.map(|(_, error)| display(format!("{error:#}"))),
        "callback",
    );
}

/// Returns the host and the port, if there is one.
fn host(uri: Option<&Uri>) -> &str {
    uri.and_then(Uri::authority).map_or("", |authority| authority.as_str())
}
