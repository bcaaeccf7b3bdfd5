//! A state file that is open: its generations, and how the next one begins.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::files::Files;
use super::signals::Signals;
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
