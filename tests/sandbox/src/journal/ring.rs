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

    /// Returns the id of an entry that is added later.
    pub(crate) fn reserve(&mut self) -> u64 {
        self.last_id = self.last_id.saturating_add(1);
        self.last_id
    }

    /// Adds an entry, with a new id unless one was reserved for it.
    pub(crate) fn add(&mut self, mut entry: Entry) {
        if entry.id == 0 {
            entry.id = self.reserve();
        }
        // An entry that was added meanwhile may have a later id.
        let place = self.entries.partition_point(|other| other.id < entry.id);
        self.entries.insert(place, entry);
        while self.entries.len() > self.capacity {
            self.entries.pop_front();
        }
    }

    /// Returns the entry with this id, if it is still kept.
    pub(crate) fn find(&self, id: u64) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.id == id)
    }
}
