//! Reports about operations, their attempts, and callbacks: for metrics, dashboards and alarms.

use std::time::Duration;

use http::StatusCode;

use crate::error::{Error, Outcome};

/// Receives a report of every attempt, operation and callback of a client. Set it with
/// [`Client::with_metrics`](crate::Client::with_metrics). [`drive`](crate::drive) and
/// [`drive_async`](crate::drive_async) report the attempts and operations, so a program with a loop of its own gets
/// reports of callbacks only.
///
/// The methods are called by the thread or task that runs the call, so they must return soon. Each does nothing unless it
/// is implemented. A call whose future is dropped reports no end.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
///
/// use wechatpay_core::Outcome;
/// use wechatpay_core::metrics::{Metrics, OperationReport};
///
/// #[derive(Default)]
/// struct Unknown(AtomicU64);
///
/// impl Metrics for Unknown {
///     fn operation(&self, report: &OperationReport<'_>) {
///         if report.outcome() == Outcome::Unknown {
///             self.0.fetch_add(1, Relaxed);
///         }
///     }
/// }
///
/// # fn client(client: wechatpay_core::Client) {
/// let client = client.with_metrics(Unknown::default());
/// # }
/// ```
pub trait Metrics: Send + Sync {
    /// A request was sent, or was to be sent, and its response was received, or not.
    fn attempt(&self, report: &AttemptReport<'_>) {
        let _ = report;
    }

    /// An operation has ended. The file behind a link is an operation of its own, `file.download`.
    fn operation(&self, report: &OperationReport<'_>) {
        let _ = report;
    }

    /// A callback was read, or refused.
    fn callback(&self, report: &CallbackReport<'_>) {
        let _ = report;
    }
}

/// One attempt at an operation, or at the platform's certificates that it needs.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct AttemptReport<'a> {
    /// The name of the operation, such as `coupon.send`.
    pub operation: &'static str,
    /// The path of the operation, with its parameters in braces.
    pub path: &'static str,
    /// The number of the attempt. The first is 1. A request for certificates has a number of its own.
    pub attempt: u32,
    /// The host and the port, if the URL has one.
    pub host: &'a str,
    /// How long the request waited for its turn, because too many were in flight.
    pub queued: Duration,
    /// The time from connecting to the end of the response.
    pub elapsed: Duration,
    /// The status of the response, if one was received.
    pub http_status: Option<StatusCode>,
    /// Why the attempt failed. [`Error::phase`] is the phase in which it did.
    pub error: Option<&'a Error>,
}

/// An operation that has ended.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct OperationReport<'a> {
    /// The name of the operation, such as `coupon.send`.
    pub operation: &'static str,
    /// The path of the operation, with its parameters in braces.
    pub path: &'static str,
    /// How many requests were sent for it, without those for certificates.
    pub attempts: u32,
    /// The host of the last request and the port, if the URL has one.
    pub host: &'a str,
    /// The time of the whole call, with all waits.
    pub elapsed: Duration,
    /// Why the operation failed.
    pub error: Option<&'a Error>,
}

impl OperationReport<'_> {
    /// Returns the outcome of the operation: [`Done`](Outcome::Done) for a success.
    pub fn outcome(&self) -> Outcome {
        self.error.map_or(Outcome::Done, Error::outcome)
    }
}

/// A callback that was read or refused.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CallbackReport<'a> {
    /// The type of the event, such as `COUPON.USE`, if the callback was read.
    pub event_type: Option<&'a str>,
    /// The status of the reply if the callback was refused, which says whose fault that was; see
    /// [`NotificationError::reply`](crate::notification::NotificationError::reply).
    pub refused: Option<StatusCode>,
    /// The time of the whole call, with the time in which certificates were fetched for it. `None` for a callback that
    /// was read by [`Client::notification`](crate::Client::notification), which does not wait.
    pub elapsed: Option<Duration>,
}
