//! The end of the journal, where changes are appended.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;

use serde::Serialize;

use super::record;
use super::signals::Signals;

/// A buffer that grew larger is not kept.
const KEPT: usize = 64 * 1024;

/// Appends to the journal.
#[derive(Debug)]
pub(crate) struct Writer {
    file: Arc<File>,
    /// The length of the whole lines.
    len: u64,
    line: Vec<u8>,
    signals: Arc<Signals>,
}

impl Writer {
    /// `file` was opened to append, and ends with a whole line at `len`.
    pub(super) fn new(file: File, len: u64, signals: Arc<Signals>) -> Self {
        Self { file: Arc::new(file), len, line: Vec::new(), signals }
    }

    /// Appends a record. After an error it is not there, and neither is a part of it.
    pub(crate) fn append(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.signals.require_usable()?;
        self.line.clear();
        record::write(&mut self.line, value)?;
        if let Err(error) = (&*self.file).write_all(&self.line) {
            // What was written of it must not precede the next record.
            if self.file.set_len(self.len).is_err() {
                self.signals.fail(format!("a record could be written only in part: {error}"));
            }
            return Err(error);
        }
        self.len = self.len.saturating_add(self.line.len() as u64);
        self.line.clear();
        self.line.shrink_to(KEPT);
        self.signals.written();
        Ok(())
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The file, to be synchronised without the lock of the state.
    pub(crate) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }
}
