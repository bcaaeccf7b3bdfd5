//! What the threads that write and the thread that keeps the files share.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use super::files::Files;
use super::writer::Writer;

/// A state file that is open.
#[derive(Debug)]
pub(crate) struct Store {
    files: Files,
    /// Held while the snapshot is replaced.
    snapshot: Mutex<Snapshot>,
    signals: Arc<Signals>,
}

#[derive(Debug)]
struct Snapshot {
    generation: u64,
    bytes: u64,
    /// The generation of the journal, which is ahead if replacing the snapshot failed.
    journal: u64,
}

impl Store {
    pub(super) fn new(
        files: Files,
        generation: u64,
        journal: u64,
        bytes: u64,
        signals: Arc<Signals>,
    ) -> Self {
        Self { files, snapshot: Mutex::new(Snapshot { generation, bytes, journal }), signals }
    }

    pub(crate) fn path(&self) -> &Path {
        self.files.path()
    }

    pub(crate) fn signals(&self) -> &Signals {
        &self.signals
    }

    /// The size of the snapshot.
    pub(crate) fn snapshot_bytes(&self) -> u64 {
        self.snapshot().bytes
    }

    /// Replaces the snapshot, and returns its size. `begin` gets the new journal, into which changes go from then on,
    /// and returns the function that reads the state, part by part: it sees all changes before, and may see some after.
    pub(crate) fn replace_snapshot<T: Serialize, F: FnMut() -> io::Result<Option<T>>>(
        &self,
        begin: impl FnOnce(Writer) -> io::Result<F>,
    ) -> io::Result<u64> {
        let snapshot = &mut *self.snapshot();
        self.signals.require_usable()?;
        let journal = snapshot.journal.saturating_add(1);
        let file = self.files.create_journal(journal)?;
        let len = file.metadata()?.len();
        snapshot.journal = journal;
        let next = begin(Writer::new(file, len, Arc::clone(&self.signals)))?;
        snapshot.bytes = self.files.replace_snapshot(journal, next)?;
        for before in snapshot.generation..journal {
            // One that stays is removed at the next start.
            let _ = fs::remove_file(self.files.journal(before));
        }
        snapshot.generation = journal;
        Ok(snapshot.bytes)
    }

    fn snapshot(&self) -> MutexGuard<'_, Snapshot> {
        self.snapshot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the writer and the keeper tell each other.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    told: Mutex<Told>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    /// Whether something was written that may not be on the disk.
    written: bool,
    stop: bool,
    /// Why nothing can be written any more.
    problem: Option<String>,
}

impl Signals {
    pub(super) fn written(&self) {
        let mut told = self.told();
        if !told.written {
            told.written = true;
            self.changed.notify_all();
        }
    }

    /// Ends the waiting of the keeper.
    pub(crate) fn stop(&self) {
        self.told().stop = true;
        self.changed.notify_all();
    }

    /// Lets every later record fail, because what is in the file is not known.
    pub(crate) fn fail(&self, problem: String) {
        self.told().problem.get_or_insert(problem);
    }

    pub(super) fn require_usable(&self) -> io::Result<()> {
        self.problem().map_or(Ok(()), |problem| Err(io::Error::other(problem)))
    }

    /// Why nothing can be written any more.
    pub(crate) fn problem(&self) -> Option<String> {
        self.told().problem.clone()
    }

    /// Waits until something was written, and then for more, so that not every record is brought to the disk alone.
    /// Returns `false` at the end.
    pub(crate) fn wait(&self, for_more: Duration) -> bool {
        let nothing = |told: &mut Told| !told.written && !told.stop;
        let told = self.changed.wait_while(self.told(), nothing).unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(told, for_more, |told| !told.stop);
        let (mut told, _) = waited.unwrap_or_else(PoisonError::into_inner);
        told.written = false;
        !told.stop
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
