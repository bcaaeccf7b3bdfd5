//! A state file that is open: its generations, and how the next one begins.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde::Serialize;

use super::files::Files;
use super::signals::Signals;
use super::writer::Writer;

/// A state file that is open.
#[derive(Debug)]
pub(crate) struct Store {
    files: Files,
    /// Held while the snapshot is replaced.
    generations: Mutex<Generations>,
    /// The size of the snapshot.
    snapshot_bytes: AtomicU64,
    signals: Arc<Signals>,
}

#[derive(Debug)]
struct Generations {
    snapshot: u64,
    /// That of the journal is ahead while the snapshot is replaced, and after this failed.
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
        let generations = Mutex::new(Generations { snapshot: generation, journal });
        Self { files, generations, snapshot_bytes: bytes.into(), signals }
    }

    pub(crate) fn path(&self) -> &Path {
        self.files.path()
    }

    pub(crate) fn signals(&self) -> &Signals {
        &self.signals
    }

    /// The size of the snapshot.
    pub(crate) fn snapshot_bytes(&self) -> u64 {
        self.snapshot_bytes.load(Ordering::Relaxed)
    }

    /// Replaces the snapshot, and returns its size. `begin` gets the new journal, into which changes go from then on,
    /// and returns the function that reads the state, part by part: it sees all changes before, and may see some after.
    pub(crate) fn replace_snapshot<T: Serialize, F: FnMut() -> io::Result<Option<T>>>(
        &self,
        begin: impl FnOnce(Writer) -> io::Result<F>,
    ) -> io::Result<u64> {
        let busy = || io::Error::new(io::ErrorKind::ResourceBusy, "it is being replaced already");
        let generations = &mut *self.generations.try_lock().map_err(|_| busy())?;
        self.signals.require_usable()?;
        let journal = generations.journal.saturating_add(1);
        let file = self.files.create_journal(journal)?;
        let len = file.metadata()?.len();
        generations.journal = journal;
        let next = begin(Writer::new(file, len, Arc::clone(&self.signals)))?;
        let bytes = self.files.replace_snapshot(journal, next)?;
        self.snapshot_bytes.store(bytes, Ordering::Relaxed);
        for before in generations.snapshot..journal {
            // One that stays is removed at the next start.
            let _ = fs::remove_file(self.files.journal(before));
        }
        generations.snapshot = journal;
        Ok(bytes)
    }
}
