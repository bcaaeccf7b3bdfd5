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
    AsyncStore, Batch, BulkOperation, End, IntentId, Lease, Lookup, Now, Progress, Recorded, Reservation,
    Sender, Starts, Step,
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
    Reserve(Reservation),
}

/// What the store has answered. A batch that was not kept comes back.
enum Reply<O> {
    Leased(Lease<O>),
    Recorded(Recorded),
    NotRecorded(Batch),
    NotLeased,
    Reserved(Starts),
    NotReserved,
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
    /// Each request is sent in a task of its own, and the store is used in this future, one call at a time. When `interrupt`
    /// completes, nothing more begins, and the future ends with the last response; a call to the store that is under way is
    /// awaited too. `watch` is called with the progress, at most ten times a second, and at the end.
    ///
    /// Operations are sent without the retries of the client, because the sender repeats them itself. They do not wait for
    /// [turns](Self::with_concurrency): the policy of the sender limits how many are in flight
    /// ([`max_in_flight`](wechatpay_core::bulk::Policy::max_in_flight)). Searches for doubtful intents are retried, and wait
    /// for turns.
    ///
    /// Dropping the future drops the requests in flight. Their outcome is unknown, and a later sender with the same store
    /// repeats them.
    ///
    /// ```no_run
    /// use std::convert::Infallible;
    ///
    /// use wechatpay_hyper::Client;
    /// use wechatpay_hyper::core::bulk::{
    ///     AsyncStore, Batch, End, Health, History, Intent, Lease, Order, Policy, Recorded, Sender,
    /// };
    /// use wechatpay_hyper::core::cashcoupons::SendCoupon;
    ///
    /// /// Keeps everything in memory. A real store also has it after a crash.
    /// struct Memory {
    ///     coupons: Vec<(SendCoupon, History)>,
    ///     handed_out: usize,
    ///     health: Health,
    /// }
    ///
    /// impl AsyncStore<SendCoupon> for Memory {
    ///     type Error = Infallible;
    ///
    ///     async fn lease(&mut self, most: usize) -> Result<Lease<SendCoupon>, Infallible> {
    ///         let rest = self.coupons.iter().zip(0..).skip(self.handed_out).take(most);
    ///         let intents: Vec<_> = rest
    ///             .map(|((operation, history), id)| Intent {
    ///                 id,
    ///                 operation: operation.clone(),
    ///                 history: history.clone(),
    ///             })
    ///             .collect();
    ///         self.handed_out += intents.len();
    ///         Ok(Lease { intents, more: self.handed_out < self.coupons.len(), order: Order::Go })
    ///     }
    ///
    ///     async fn record(&mut self, batch: &Batch) -> Result<Recorded, Infallible> {
    ///         for record in &batch.records {
    ///             self.coupons[record.intent as usize].1.add(record.fact.clone());
    ///         }
    ///         if let Some(health) = &batch.health {
    ///             self.health = health.clone();
    ///         }
    ///         // A real store also keeps `batch.stop`, and hands out nothing until a person clears it.
    ///         Ok(Order::Go.into())
    ///     }
    /// }
    ///
    /// # #[cfg(feature = "aws-lc-rs")]
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// # let coupons = Vec::new();
    /// let client = Client::from_env()?;
    /// let mut store = Memory { coupons, handed_out: 0, health: Health::default() };
    /// let sender = Sender::new(Policy::default(), store.health.clone());
    /// // Or the signal of an operating system, for example.
    /// let interrupt = std::future::pending();
    /// let watch = |progress: &_| println!("{progress:?}");
    /// // The future can be spawned.
    /// let campaign = tokio::spawn(async move { client.send_all(sender, &mut store, interrupt, watch).await });
    /// match campaign.await?? {
    ///     End::Complete => println!("nothing is left to do"),
    ///     End::Stopped(stop) => println!("put right: {}", stop.why),
    ///     end => println!("{end:?}"),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The first error of the store. Nothing is sent after it. What was in flight has ended by then, and was recorded if
    /// the store could do it.
    ///
    /// # Panics
    /// If code of the caller panics: the store, a callback, or the merchant's key. The requests in flight are dropped then.
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
        if store.shares_pace() {
            sender.share_pace();
        }
        let once = self.sending_once();
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
                    Step::Reserve(reservation) => desk.requests.push_back(Request::Reserve(reservation)),
                    Step::Send { intent, operation } => {
                        let call = once.send(&operation);
                        landings.spawn(async move { Landed::Send(intent, call.await) });
                    }
                    Step::Check(operation) => {
                        let call = once.send(&operation);
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
                        Reply::Recorded(recorded) => sender.recorded(now(), recorded),
                        Reply::NotRecorded(batch) => sender.not_recorded(now(), batch),
                        Reply::NotLeased => sender.not_leased(),
                        Reply::Reserved(starts) => sender.reserved(now(), &starts),
                        Reply::NotReserved => sender.not_reserved(),
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
    /// The errors of [`send`](Self::send) and [`list`](Self::list). An entry whose query is rejected does not keep the
    /// others from being looked at.
    pub async fn find<O>(&self, operation: &O) -> Result<Option<String>, Error>
    where
        O: BulkOperation + Sync,
        O::List: Paged<Response: Send> + 'static,
        O::Detail: Operation<Response: Send>,
    {
        let (mut items, mut lookup) = (self.list(operation.list()), Lookup::new(operation));
        while let Some(item) = items.next().await {
            let Some(detail) = operation.detail(&item?) else { continue };
            if let Some(name) = lookup.on_detail(self.send(&detail).await)? {
                return Ok(Some(name));
            }
        }
        lookup.end()
    }

    /// A client whose calls make one attempt, and wait for no turn.
    fn sending_once(&self) -> Self {
        let once = self.clone().with_concurrency(usize::MAX);
        once.map_core(|core| {
            let retry = core.retry().clone().with_max_attempts(1);
            core.with_retry(retry)
        })
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
            Ok(recorded) => (store, Reply::Recorded(recorded), None),
            Err(error) => (store, Reply::NotRecorded(batch), Some(error)),
        },
        Request::Reserve(reservation) => match store.reserve(&reservation).await {
            Ok(starts) => (store, Reply::Reserved(starts), None),
            Err(error) => (store, Reply::NotReserved, Some(error)),
        },
    }
}
