//! Threads that do jobs and return their results.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, Scope};
use std::time::Duration;

/// Threads of a scope. A job begins at once: if no thread is idle, another one is started. The threads end with this
/// value, each after its last job.
pub(crate) struct Workers<'scope, 'env, J, R> {
    scope: &'scope Scope<'scope, 'env>,
    work: &'env (dyn Fn(J) -> R + Sync),
    jobs: Vec<Sender<J>>,
    idle: Vec<usize>,
    end: Sender<End<R>>,
    ends: Receiver<End<R>>,
}

/// The end of a job: the number of its worker, and its result or how it panicked.
type End<R> = (usize, Result<R, Box<dyn Any + Send>>);

impl<'scope, 'env, J: Send + 'env, R: Send + 'env> Workers<'scope, 'env, J, R> {
    pub(crate) fn new(scope: &'scope Scope<'scope, 'env>, work: &'env (dyn Fn(J) -> R + Sync)) -> Self {
        let (end, ends) = channel();
        Self { scope, work, jobs: Vec::new(), idle: Vec::new(), end, ends }
    }

    /// Begins a job.
    ///
    /// # Errors
    /// When no thread is idle, and none can be started.
    pub(crate) fn begin(&mut self, job: J) -> io::Result<()> {
        let number = match self.idle.pop() {
            Some(number) => number,
            None => self.start()?,
        };
        // A worker that has returned a result waits for its next job.
        let sent = self.jobs.get(number).and_then(|jobs| jobs.send(job).ok());
        sent.ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    /// Returns the result of a job that has ended, or of the next one that ends within this time. If it has panicked, so
    /// does this.
    pub(crate) fn next(&mut self, timeout: Duration) -> Option<R> {
        let end = match timeout.is_zero() {
            true => self.ends.try_recv().ok(),
            false => self.ends.recv_timeout(timeout).ok(),
        };
        let (number, result) = end?;
        self.idle.push(number);
        Some(result.unwrap_or_else(|panic| resume_unwind(panic)))
    }

    fn start(&mut self) -> io::Result<usize> {
        let (number, work, end) = (self.jobs.len(), self.work, self.end.clone());
        let (sender, jobs) = channel();
        let thread = Builder::new().name("wechatpay-bulk".to_owned()).spawn_scoped(self.scope, move || {
            for job in jobs {
                // After a panic the caller panics as well, and sees nothing of what the job has left behind.
                let result = catch_unwind(AssertUnwindSafe(|| work(job)));
                if end.send((number, result)).is_err() {
                    return;
                }
            }
        });
        thread.map_err(|error| {
            io::Error::new(error.kind(), format!("no thread can be started for it: {error}"))
        })?;
        self.jobs.push(sender);
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn jobs_run_at_the_same_time_and_threads_are_used_again() {
        let barrier = Barrier::new(3);
        let work = |number: usize| {
            barrier.wait();
            number
        };
        thread::scope(|scope| {
            let mut workers = Workers::new(scope, &work);
            for round in 0..5 {
                for number in 0..3 {
                    workers.begin(3 * round + number).unwrap();
                }
                let mut done: Vec<_> = (0..3).filter_map(|_| workers.next(LONG)).collect();
                done.sort_unstable();
                assert_eq!(done, [3 * round, 3 * round + 1, 3 * round + 2]);
                assert_eq!(workers.jobs.len(), 3);
            }
            assert_eq!(workers.next(Duration::ZERO), None);
        });
    }

    #[test]
    fn a_panic_reaches_the_caller_after_the_other_jobs_have_ended() {
        let barrier = Barrier::new(2);
        let work = |panics: bool| {
            barrier.wait();
            assert!(!panics, "on purpose");
        };
        let ends = AssertUnwindSafe(|| {
            thread::scope(|scope| {
                let mut workers = Workers::new(scope, &work);
                workers.begin(true).unwrap();
                workers.begin(false).unwrap();
                while workers.next(LONG).is_some() {}
            });
        });
        let panic = catch_unwind(ends).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
    }
}
