//! The thread that keeps callbacks. What arrives at the same time is kept in one transaction.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::{Notify, mpsc, oneshot};
use wechatpay_cli::ledger::{AnyLedger, ForwardEnd, Forwards, Heard, HeardCounts, Ledger as _, LedgerError};
use wechatpay_hyper::core::types::UnixMillis;

use crate::program::commands::listen::lines::Lines;
use crate::program::commands::listen::shown::Shown;

/// Callbacks that wait to be kept.
const QUEUE: usize = 1024;
/// The most of them in one transaction.
const BATCH: usize = 100;

/// Asks the thread. It ends when all of these are gone.
#[derive(Clone)]
pub(super) struct Books(mpsc::Sender<Job>);

enum Job {
    Keep(Box<Keep>),
    Forward { ended: Option<ForwardEnd>, now: UnixMillis, until: UnixMillis, reply: Reply<Forwards> },
}

struct Keep {
    heard: Heard,
    shown: Shown,
    reply: Reply<()>,
}

type Reply<T> = oneshot::Sender<Result<T, Arc<LedgerError>>>;

impl Books {
    /// Starts the thread. It hands a line for each callback that it has kept to `lines`, and tells `kept`. It returns the counts at
    /// its end.
    ///
    /// # Errors
    /// When the system starts no more threads.
    pub(super) fn start(
        ledger: AnyLedger,
        lines: Lines,
        kept: Arc<Notify>,
    ) -> io::Result<(Self, JoinHandle<Result<HeardCounts, LedgerError>>)> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let work = move || Work { ledger, lines, kept }.run(queue);
        Ok((Self(jobs), thread::Builder::new().name("books".to_owned()).spawn(work)?))
    }

    /// Keeps a callback. It may be accepted when this returns, unless it is an error.
    pub(super) async fn keep(&self, heard: Heard, shown: Shown) -> Result<(), Arc<LedgerError>> {
        self.ask(|reply| Job::Keep(Box::new(Keep { heard, shown, reply }))).await
    }

    /// As [`Ledger::forward`](wechatpay_cli::ledger::Ledger::forward).
    pub(super) async fn forward(
        &self,
        ended: Option<ForwardEnd>,
        now: UnixMillis,
        until: UnixMillis,
    ) -> Result<Forwards, Arc<LedgerError>> {
        self.ask(|reply| Job::Forward { ended, now, until, reply }).await
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, Arc<LedgerError>> {
        let (reply, answer) = oneshot::channel();
        // If the thread has ended, the job is dropped, and with it the sender of the answer.
        drop(self.0.send(job(reply)).await);
        answer.await.unwrap_or_else(|_| Err(Arc::new(LedgerError::WriterEnded)))
    }
}

/// What the thread has.
struct Work {
    ledger: AnyLedger,
    lines: Lines,
    kept: Arc<Notify>,
}

impl Work {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) -> Result<HeardCounts, LedgerError> {
        while let Some(first) = queue.blocking_recv() {
            let (mut keeps, mut next) = (Vec::new(), Some(first));
            while let Some(job) = next.take() {
                match job {
                    Job::Keep(keep) => {
                        keeps.push(*keep);
                        if keeps.len() < BATCH {
                            next = queue.try_recv().ok();
                        }
                    }
                    Job::Forward { ended, now, until, reply } => {
                        // What has arrived before is forwarded before.
                        self.keep(std::mem::take(&mut keeps));
                        // If nobody waits any more, it is due again later.
                        drop(reply.send(self.ledger.forward(ended, now, until).map_err(Arc::new)));
                    }
                }
            }
            self.keep(keeps);
        }
        self.ledger.heard()
    }

    fn keep(&mut self, keeps: Vec<Keep>) {
        if keeps.is_empty() {
            return;
        }
        let (mut heard, mut others) = (Vec::new(), Vec::new());
        for keep in keeps {
            heard.push(keep.heard);
            others.push((keep.shown, keep.reply));
        }
        let new = match self.ledger.keep_notifications(&heard) {
            Ok(new) => new,
            Err(error) => {
                let error = Arc::new(error);
                return others.into_iter().for_each(|(_, reply)| drop(reply.send(Err(Arc::clone(&error)))));
            }
        };
        for ((shown, reply), new) in others.into_iter().zip(new) {
            // If its sender has gone, it sends the callback again.
            drop(reply.send(Ok(())));
            self.lines.write(shown, Some(new));
        }
        self.kept.notify_one();
    }
}
