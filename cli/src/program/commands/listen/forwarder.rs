//! Forwards callbacks, one after another, until the receiver takes them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::sleep;
use wechatpay_cli::ledger::{Forward, ForwardEnd};
use wechatpay_hyper::core::bytes::Bytes;
use wechatpay_hyper::core::http::{Request, Uri};
use wechatpay_hyper::core::types::UnixMillis;

use crate::program::clock::unix_millis;
use crate::program::commands::listen::books::Books;
use crate::program::commands::listen::complaints::Complaints;
use crate::program::http::Http;
use crate::program::output::Output;
use crate::program::texts::{ledger_error, text};

/// For the receiver to answer: as long as WeChat Pay waits.
const LIMIT: Duration = Duration::from_secs(5);
/// For how long nobody else forwards what is under way.
const LEASE: UnixMillis = 15_000;
/// The first wait of a callback that the receiver did not take. Each is twice as long as the one before.
const FIRST: UnixMillis = 1000;
const LONGEST: UnixMillis = 600_000;
/// How often one looks for what other processes have left.
const LOOK: UnixMillis = 60_000;

/// How the forwarder is to go on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    /// Forever.
    Go,
    /// Until nothing is due, or the receiver does not take something.
    Drain,
    /// Until the attempt under way has ended.
    End,
}

pub(super) struct Forwarder {
    pub(super) http: Http,
    pub(super) receiver: Uri,
    pub(super) books: Books,
    /// Told of each callback that was kept.
    pub(super) kept: Arc<Notify>,
    pub(super) complaints: Arc<Complaints>,
    pub(super) output: Arc<Output>,
}

impl Forwarder {
    pub(super) async fn run(self, mut order: watch::Receiver<Order>) {
        // Written before anything else is forwarded: what the receiver took must not be forwarded again.
        let mut ended = None;
        loop {
            let now = unix_millis();
            let failed = matches!(ended, Some(ForwardEnd::Failed { .. }));
            let stops = *order.borrow() == Order::End || (failed && *order.borrow() == Order::Drain);
            // Nothing is due at the time zero.
            let at = if stops { 0 } else { now };
            let forwards = match self.books.forward(ended, at, now.saturating_add(LEASE)).await {
                Ok(forwards) => forwards,
                Err(_) if *order.borrow() != Order::Go => return,
                Err(error) => {
                    self.complaints.important(&text!(
                        "what was forwarded could not be noted: {error}",
                        error = ledger_error(&error)
                    ));
                    self.pause(FIRST, &mut order).await;
                    continue;
                }
            };
            ended = None;
            match forwards.due {
                Some(due) => ended = Some(self.offer(due).await),
                None if stops || *order.borrow() != Order::Go => return,
                None => {
                    let wait = forwards.next.map_or(LOOK, |next| next.saturating_sub(now));
                    self.pause(wait.clamp(1, LOOK), &mut order).await;
                }
            }
        }
    }

    /// Offers a callback to the receiver once.
    async fn offer(&self, due: Forward) -> ForwardEnd {
        let (number, id) = (due.number, due.id.clone());
        let wait = FIRST.checked_shl(due.failures.min(10)).unwrap_or(LONGEST).min(LONGEST);
        let why = match self.request(due) {
            Err(error) => error,
            Ok(request) => match self.http.send(request, LIMIT).await {
                Ok(response) if response.status().is_success() => {
                    self.output.note(&text!("forwarded {id}", id = id));
                    return ForwardEnd::Taken { number };
                }
                Ok(response) => text!("it answered {status}", status = response.status().as_u16()),
                Err(error) => error,
            },
        };
        let seconds = wait.checked_div(1000).unwrap_or_default();
        self.complaints.note(&text!(
            "the receiver did not take {id}: {why}; again in {seconds} s",
            id = id,
            why = why,
            seconds = seconds
        ));
        ForwardEnd::Failed { number, again_at: unix_millis().saturating_add(wait) }
    }

    fn request(&self, due: Forward) -> Result<Request<Bytes>, String> {
        let request = Request::post(&self.receiver);
        let request =
            due.headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        request.body(due.body.into()).map_err(|error| error.to_string())
    }

    /// Waits, unless something happens before.
    async fn pause(&self, wait: UnixMillis, order: &mut watch::Receiver<Order>) {
        tokio::select! {
            () = self.kept.notified() => {}
            () = sleep(Duration::from_millis(wait)) => {}
            // If nobody can change it any more, the program ends.
            _ = order.changed() => {}
        }
    }
}
