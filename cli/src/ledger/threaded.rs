use std::fmt;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use wechatpay_core::bulk::{AsyncStore, Batch, Lease, Recorded, Reservation, Starts, Store};
use wechatpay_core::cashcoupons::SendCoupon;

use super::LedgerError;
use super::reply::{Replier, Reply, reply};

/// A store for async drivers: it has a thread of its own, which owns a blocking store. It works with every runtime.
///
/// What was handed to it is done even if its future is dropped. The thread ends when this is dropped and all is done.
pub struct Threaded {
    orders: Sender<Task>,
    shares_pace: bool,
}

enum Task {
    Lease(usize, Replier<Result<Lease<SendCoupon>, LedgerError>>),
    Record(Batch, Replier<Result<Recorded, LedgerError>>),
    Reserve(Reservation, Replier<Result<Starts, LedgerError>>),
}

impl Threaded {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system starts no more threads.
    pub fn start(store: impl Store<SendCoupon, Error = LedgerError> + Send + 'static) -> io::Result<Self> {
        let (orders, tasks) = channel();
        let shares_pace = store.shares_pace();
        thread::Builder::new().name("ledger".to_owned()).spawn(move || work(store, &tasks))?;
        Ok(Self { orders, shares_pace })
    }

    fn ask<T>(&self, task: impl FnOnce(Replier<Result<T, LedgerError>>) -> Task) -> Asked<T> {
        let (replier, reply) = reply();
        // If the thread has ended, the task is dropped, and with it the replier.
        drop(self.orders.send(task(replier)));
        reply
    }
}

type Asked<T> = Reply<Result<T, LedgerError>>;

fn work(mut store: impl Store<SendCoupon, Error = LedgerError>, tasks: &Receiver<Task>) {
    for task in tasks {
        match task {
            Task::Lease(most, replier) => replier.send(store.lease(most)),
            Task::Record(batch, replier) => replier.send(store.record(&batch)),
            Task::Reserve(reservation, replier) => replier.send(store.reserve(&reservation)),
        }
    }
}

impl AsyncStore<SendCoupon> for Threaded {
    type Error = LedgerError;

    async fn lease(&mut self, most: usize) -> Result<Lease<SendCoupon>, LedgerError> {
        let lease = self.ask(|replier| Task::Lease(most, replier));
        lease.await.unwrap_or(Err(LedgerError::WriterEnded))
    }

    async fn record(&mut self, batch: &Batch) -> Result<Recorded, LedgerError> {
        let recorded = self.ask(|replier| Task::Record(batch.clone(), replier));
        recorded.await.unwrap_or(Err(LedgerError::WriterEnded))
    }

    fn shares_pace(&self) -> bool {
        self.shares_pace
    }

    async fn reserve(&mut self, reservation: &Reservation) -> Result<Starts, LedgerError> {
        let starts = self.ask(|replier| Task::Reserve(reservation.clone(), replier));
        starts.await.unwrap_or(Err(LedgerError::WriterEnded))
    }
}

impl fmt::Debug for Threaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threaded").finish_non_exhaustive()
    }
}
