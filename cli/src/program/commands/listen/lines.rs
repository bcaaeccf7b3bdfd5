//! The thread that writes a line for each callback. Whoever does not read them holds up nothing: the ledger has them all.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::program::commands::listen::complaints::Complaints;
use crate::program::commands::listen::shown::Shown;
use crate::program::output::Output;
use crate::program::texts::text;

/// Lines that wait to be written. Beyond it they are left out.
const QUEUE: usize = 10_000;
/// For the last lines.
const GRACE: Duration = Duration::from_secs(5);

/// Hands lines to the thread. It ends when all of these are gone.
#[derive(Clone)]
pub(super) struct Lines {
    queue: mpsc::Sender<(Shown, Option<bool>)>,
    complaints: Arc<Complaints>,
}

/// Told when the thread has written all.
pub(super) struct Written(oneshot::Receiver<()>);

impl Lines {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system starts no more threads.
    pub(super) fn start(output: Arc<Output>, complaints: Arc<Complaints>) -> io::Result<(Self, Written)> {
        let (queue, mut lines) = mpsc::channel::<(Shown, Option<bool>)>(QUEUE);
        let (sender, written) = oneshot::channel();
        thread::Builder::new().name("lines".to_owned()).spawn(move || {
            while let Some((shown, new)) = lines.blocking_recv() {
                if let Err(failure) = shown.write(&output, new) {
                    output.failure(&failure);
                }
            }
            drop(sender);
        })?;
        Ok((Self { queue, complaints }, Written(written)))
    }

    /// Writes a line. `new` is known if callbacks are kept.
    pub(super) fn write(&self, shown: Shown, new: Option<bool>) {
        if let Err(TrySendError::Full(_)) = self.queue.try_send((shown, new)) {
            let unread = text!("nobody reads stdout, so a callback was not written there");
            self.complaints.important(&unread);
        }
    }
}

impl Written {
    /// Waits for the last lines, but not for somebody who does not read.
    pub(super) async fn wait(self) {
        // The sender is dropped, which is an error.
        drop(timeout(GRACE, self.0).await);
    }
}
