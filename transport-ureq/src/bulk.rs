//! Sends many operations, as the core's `bulk::Sender` asks for it.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use wechatpay_core::bulk::{BulkOperation, End, IntentId, Lookup, Now, Progress, Sender, Step, Store};
use wechatpay_core::error::{TransportError, TransportErrorKind};
use wechatpay_core::{Answer, Error, Operation};

use crate::client::Client;
use crate::clock::{instant, unix_millis};
use crate::turns::Turns;
use crate::workers::Workers;

/// The shortest time between two reports of the progress.
const REPORT: Duration = Duration::from_millis(100);
/// The longest time between two looks for an interrupt.
const LOOK: Duration = Duration::from_millis(100);

type Sent<O> = Result<Answer<<O as Operation>::Response>, Error>;

/// A request or a query.
enum Job<O: BulkOperation> {
    Send(IntentId, O),
    Check(O::Check),
    Search(IntentId, O),
}

/// The end of a request or of a query.
enum Landed<O: BulkOperation> {
    Send(IntentId, Sent<O>),
    Check(Sent<O::Check>),
    Search(IntentId, Result<Option<String>, Error>),
}

impl Client {
    /// Sends many operations, each for another user, until the sender ends. Each operation takes effect once, whatever
    /// crashes, if `store` keeps its promises: see [`Store`] and [`bulk`](wechatpay_core::bulk).
    ///
    /// The store is used in this thread. Requests are sent in threads of their own, as many as are in flight, which end with
    /// this call. When `interrupt` returns `true`, nothing more begins, and the call ends with the last response. It is asked
    /// at least ten times a second, while the store does not block. `watch` is called with the progress, at most ten times a
    /// second, and at the end.
    ///
    /// Operations are sent without the retries of the client, because the sender repeats them itself. They do not wait for
    /// [turns](Self::with_concurrency): the policy of the sender limits how many are in flight
    /// ([`max_in_flight`](wechatpay_core::bulk::Policy::max_in_flight)). More connections than the client keeps are closed
    /// after each request. Searches for doubtful intents are retried, and wait for turns.
    ///
    /// ```no_run
    /// use std::convert::Infallible;
    ///
    /// use wechatpay_ureq::Client;
    /// use wechatpay_ureq::core::bulk::{
    ///     Batch, End, Health, History, Intent, Lease, Order, Policy, Recorded, Sender, Store,
    /// };
    /// use wechatpay_ureq::core::cashcoupons::SendCoupon;
    ///
    /// /// Keeps everything in memory. A real store also has it after a crash.
    /// struct Memory {
    ///     coupons: Vec<(SendCoupon, History)>,
    ///     handed_out: usize,
    ///     health: Health,
    /// }
    ///
    /// impl Store<SendCoupon> for Memory {
    ///     type Error = Infallible;
    ///
    ///     fn lease(&mut self, most: usize) -> Result<Lease<SendCoupon>, Infallible> {
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
    ///     fn record(&mut self, batch: &Batch) -> Result<Recorded, Infallible> {
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
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let coupons = Vec::new();
    /// let client = Client::from_env()?;
    /// let mut store = Memory { coupons, handed_out: 0, health: Health::default() };
    /// let sender = Sender::new(Policy::default(), store.health.clone());
    /// let watch = |progress: &_| println!("{progress:?}");
    /// match client.send_all(sender, &mut store, || false, watch)? {
    ///     End::Complete => println!("nothing is left to do"),
    ///     End::Stopped(stop) => println!("put right: {}", stop.why),
    ///     end => println!("{end:?}"),
    /// }
    /// # Ok(()) }
    /// # #[cfg(not(feature = "aws-lc-rs"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// The first error of the store. Nothing is sent after it. What was in flight has ended by then, and was recorded if
    /// the store could do it.
    ///
    /// # Panics
    /// If code of the caller panics: the store, a callback, or the merchant's key. What was in flight has ended by then. It
    /// is not recorded, so it counts as unknown, and a later sender repeats it.
    pub fn send_all<O, S>(
        &self,
        mut sender: Sender<O>,
        store: &mut S,
        interrupt: impl Fn() -> bool,
        mut watch: impl FnMut(&Progress),
    ) -> Result<End, S::Error>
    where
        O: BulkOperation<Response: Send>,
        O::Check: Operation<Response: Send>,
        S: Store<O>,
    {
        if store.shares_pace() {
            sender.share_pace();
        }
        let once = self.sending_once();
        let work = |job: Job<O>| match job {
            Job::Send(intent, operation) => Landed::<O>::Send(intent, once.send(&operation)),
            Job::Check(operation) => Landed::Check(once.send(&operation)),
            Job::Search(intent, operation) => Landed::Search(intent, self.find(&operation)),
        };
        thread::scope(|scope| {
            let mut workers = Workers::new(scope, &work);
            let began = instant();
            let now = || Now { elapsed: began.elapsed(), unix: unix_millis() };
            let (mut failed, mut reported) = (None, None);
            loop {
                let wait = loop {
                    match sender.poll(now()) {
                        Step::Lease(most) => match store.lease(most) {
                            Ok(lease) => sender.leased(now(), lease),
                            Err(error) => {
                                failed = failed.or(Some(error));
                                sender.not_leased();
                            }
                        },
                        Step::Record(batch) => match store.record(&batch) {
                            Ok(recorded) => sender.recorded(now(), recorded),
                            Err(error) => {
                                failed = failed.or(Some(error));
                                sender.not_recorded(now(), batch);
                            }
                        },
                        Step::Reserve(reservation) => match store.reserve(&reservation) {
                            Ok(starts) => sender.reserved(now(), &starts),
                            Err(error) => {
                                failed = failed.or(Some(error));
                                sender.not_reserved();
                            }
                        },
                        Step::Send { intent, operation } => {
                            if let Err(error) = workers.begin(Job::Send(intent, operation)) {
                                sender.ended(now(), intent, &Err(not_sent(error)));
                            }
                        }
                        Step::Check(operation) => {
                            if let Err(error) = workers.begin(Job::Check(operation)) {
                                sender.checked(now(), &Err(not_sent(error)));
                            }
                        }
                        Step::Search { intent, operation } => {
                            if let Err(error) = workers.begin(Job::Search(intent, operation)) {
                                sender.searched(now(), intent, &Err(not_sent(error)));
                            }
                        }
                        Step::Wait(wait) => break wait,
                        Step::End(end) => {
                            watch(&sender.progress(now()));
                            return failed.map_or(Ok(end), Err);
                        }
                        // A later version may have more steps. This one cannot go on then.
                        _ => sender.interrupt(),
                    }
                };
                if reported.is_none_or(|at: Instant| at.elapsed() >= REPORT) {
                    reported = Some(instant());
                    watch(&sender.progress(now()));
                }
                let mut landed = workers.next(wait.min(LOOK));
                while let Some(end) = landed {
                    match end {
                        Landed::Send(intent, result) => sender.ended(now(), intent, &result),
                        Landed::Check(result) => sender.checked(now(), &result),
                        Landed::Search(intent, found) => sender.searched(now(), intent, &found),
                    }
                    landed = workers.next(Duration::ZERO);
                }
                if interrupt() {
                    sender.interrupt();
                }
            }
        })
    }

    /// Looks for what an operation made, with queries: returns its name if it is there. That it is not found proves
    /// nothing: see [`BulkOperation`].
    ///
    /// # Errors
    /// The errors of [`send`](Self::send) and [`list`](Self::list). An entry whose query is rejected does not keep the
    /// others from being looked at.
    pub fn find<O: BulkOperation>(&self, operation: &O) -> Result<Option<String>, Error> {
        let mut lookup = Lookup::new(operation);
        for item in self.list(operation.list()) {
            let Some(detail) = operation.detail(&item?) else { continue };
            if let Some(name) = lookup.on_detail(self.send(&detail))? {
                return Ok(Some(name));
            }
        }
        lookup.end()
    }

    /// A client whose calls make one attempt, and wait for no turn.
    fn sending_once(&self) -> Self {
        let mut once = self.clone();
        let retry = once.core.retry().clone().with_max_attempts(1);
        once.core = once.core.with_retry(retry);
        once.turns = Turns::new(usize::MAX);
        once
    }
}

/// The error of a request for which there is no thread.
fn not_sent(error: io::Error) -> Error {
    TransportError::new(TransportErrorKind::NotSent, error).into()
}
