//! Sends many operations, as the core's `bulk::Sender` asks for it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use wechatpay_core::bulk::{
    AsyncStore, Batch, BulkOperation, End, IntentId, Lease, Now, Order, Progress, Sender, Step,
};
use wechatpay_core::{Answer, Error, Operation, Paged};

use crate::call::unix_millis;
use crate::client::Client;

/// The shortest time between two reports of the progress.
const REPORT: Duration = Duration::from_millis(100);

type Sent<O> = Result<Answer<<O as Operation>::Response>, Error>;

/// The end of a request or of a query.
enum Landed<O: BulkOperation> {
    Send(IntentId, Sent<O>),
    Check(Sent<O::Check>),
    Search(IntentId, Result<Option<String>, Error>),
}

/// What is asked of the store.
enum Request {
    Lease(usize),
    Record(Batch),
}

/// What the store has answered. A batch that was not kept comes back.
enum Reply<O> {
    Leased(Lease<O>),
    Recorded(Order),
    NotRecorded(Batch),
    NotLeased,
}

/// The store, which does one thing at a time.
struct Desk<'a, O, S, E> {
    store: Option<&'a mut S>,
    requests: VecDeque<Request>,
    #[expect(clippy::type_complexity, reason = "named nowhere else")]
    busy: Option<Pin<Box<dyn Future<Output = (&'a mut S, Reply<O>, Option<E>)> + Send + 'a>>>,
    /// The first error.
    error: Option<E>,
}

impl Client {
    /// Sends many operations, each for another user, until the sender ends. Each operation takes effect once, whatever
    /// crashes, if `store` keeps its promises: see [`AsyncStore`] and [`bulk`](wechatpay_core::bulk).
    ///
    /// Operations are sent without the retries of the client, because the sender repeats them itself. Queries are
    /// retried. The limit on requests in flight ([`with_concurrency`](Self::with_concurrency)) must not be lower than that
    /// of the sender's policy. When `interrupt` completes, nothing more begins, and the future ends with the last answer.
    /// `watch` is called with the progress, at most ten times a second.
    ///
    /// Dropping the future leaves operations in flight whose outcome is unknown. A later sender with the same store
    /// repeats them.
    ///
    /// # Errors
    /// The first error of the store. Nothing is sent after it. What was in flight has ended by then, and was recorded if
    /// the store could do it.
    pub async fn send_all<O, S>(
        &self,
        mut sender: Sender<O>,
        store: &mut S,
        interrupt: impl Future<Output = ()>,
        mut watch: impl FnMut(&Progress),
    ) -> Result<End, S::Error>
    where
        O: BulkOperation<Response: Send> + Sync + 'static,
        O::Check: Operation<Response: Send>,
        O::List: Paged<Response: Send, Item: Send> + 'static,
        O::Detail: Operation<Response: Send>,
        S: AsyncStore<O, Error: Send> + Send,
    {
        let once = self.clone().map_core(|core| {
            let retry = core.retry().clone().with_max_attempts(1);
            core.with_retry(retry)
        });
        let began = Instant::now();
        let now = || Now { elapsed: began.elapsed(), unix: unix_millis() };
        let mut desk = Desk { store: Some(store), requests: VecDeque::new(), busy: None, error: None };
        let mut landings = JoinSet::<Landed<O>>::new();
        let (mut interrupt, mut interrupted) = (pin!(interrupt), false);
        let mut reported = None;
        loop {
            let wait = loop {
                match sender.poll(now()) {
                    Step::Lease(most) => desk.requests.push_back(Request::Lease(most)),
                    Step::Record(batch) => desk.requests.push_back(Request::Record(batch)),
                    Step::Send { intent, operation } => {
                        let call = once.send(&operation);
                        landings.spawn(async move { Landed::Send(intent, call.await) });
                    }
                    Step::Check(operation) => {
                        let call = self.send(&operation);
                        landings.spawn(async move { Landed::Check(call.await) });
                    }
                    Step::Search { intent, operation } => {
                        let client = self.clone();
                        let search = async move { client.find(&operation).await };
                        landings.spawn(async move { Landed::Search(intent, search.await) });
                    }
                    Step::Wait(wait) => break wait,
                    Step::End(end) => {
                        watch(&sender.progress(now()));
                        return desk.error.map_or(Ok(end), Err);
                    }
                    // A later version may have more steps. This one cannot go on then.
                    _ => sender.interrupt(),
                }
            };
            if reported.is_none_or(|at: Instant| at.elapsed() >= REPORT) {
                reported = Some(Instant::now());
                watch(&sender.progress(now()));
            }
            let mut timer = pin!(sleep(wait));
            poll_fn(|cx| {
                let mut woken = timer.as_mut().poll(cx).is_ready();
                while let Poll::Ready(Some(landed)) = landings.poll_join_next(cx) {
                    woken = true;
                    match landed {
                        Ok(Landed::Send(intent, result)) => sender.ended(now(), intent, &result),
                        Ok(Landed::Check(result)) => sender.checked(now(), &result),
                        Ok(Landed::Search(intent, found)) => sender.searched(now(), intent, &found),
                        Err(error) => match error.try_into_panic() {
                            // The caller's key panicked. What it signed for counts as unknown.
                            Ok(panic) => resume_unwind(panic),
                            Err(_) => sender.interrupt(),
                        },
                    }
                }
                while let Poll::Ready(reply) = desk.poll(cx) {
                    woken = true;
                    match reply {
                        Reply::Leased(lease) => sender.leased(now(), lease),
                        Reply::Recorded(order) => sender.recorded(now(), order),
                        Reply::NotRecorded(batch) => sender.not_recorded(now(), batch),
                        Reply::NotLeased => sender.not_leased(),
                    }
                }
                if !interrupted && interrupt.as_mut().poll(cx).is_ready() {
                    (interrupted, woken) = (true, true);
                    sender.interrupt();
                }
                if woken { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    /// Looks for what an operation made, with queries: returns its name if it is there. That it is not found proves
    /// nothing: see [`BulkOperation`].
    ///
    /// # Errors
    /// The errors of [`send`](Self::send) and [`list`](Self::list).
    pub async fn find<O>(&self, operation: &O) -> Result<Option<String>, Error>
    where
        O: BulkOperation + Sync,
        O::List: Paged<Response: Send> + 'static,
        O::Detail: Operation<Response: Send>,
    {
        let mut items = self.list(operation.list());
        while let Some(item) = items.next().await {
            let Some(detail) = operation.detail(&item?) else { continue };
            let detail = self.send(&detail).await?;
            if let Some(name) = operation.found(&detail) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }
}

impl<'a, O, S> Desk<'a, O, S, S::Error>
where
    O: BulkOperation + 'a,
    S: AsyncStore<O, Error: Send> + Send,
{
    /// Returns the next reply. Pending if nothing is asked.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Reply<O>> {
        if let Some(store) = self.store.take() {
            let Some(request) = self.requests.pop_front() else {
                self.store = Some(store);
                return Poll::Pending;
            };
            self.busy = Some(Box::pin(answer(store, request)));
        }
        let Some(busy) = &mut self.busy else { return Poll::Pending };
        let Poll::Ready((store, reply, error)) = busy.as_mut().poll(cx) else { return Poll::Pending };
        (self.store, self.busy) = (Some(store), None);
        self.error = self.error.take().or(error);
        Poll::Ready(reply)
    }
}

async fn answer<O: BulkOperation, S: AsyncStore<O>>(
    store: &mut S,
    request: Request,
) -> (&mut S, Reply<O>, Option<S::Error>) {
    match request {
        Request::Lease(most) => match store.lease(most).await {
            Ok(lease) => (store, Reply::Leased(lease), None),
            Err(error) => (store, Reply::NotLeased, Some(error)),
        },
        Request::Record(batch) => match store.record(&batch).await {
            Ok(order) => (store, Reply::Recorded(order), None),
            Err(error) => (store, Reply::NotRecorded(batch), Some(error)),
        },
    }
}
