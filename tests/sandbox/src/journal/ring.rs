//! The entries that are kept.

use std::collections::VecDeque;

use crate::journal::entry::Entry;

/// The last requests, oldest first.
pub(crate) struct Journal {
    capacity: usize,
    last_id: u64,
    entries: VecDeque<Entry>,
}

impl Journal {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, last_id: 0, entries: VecDeque::new() }
    }

    pub(crate) fn add(&mut self, mut entry: Entry) {
        self.last_id = self.last_id.saturating_add(1);
        entry.id = self.last_id;
        self.entries.push_back(entry);
        while self.entries.len() > self.capacity {
            self.entries.pop_front();
        }
    }
}
