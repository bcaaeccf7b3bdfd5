//! The entries that are kept.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::journal::entry::Entry;

/// The last requests, oldest first. Their ids are consecutive. A reader takes references out, so that nobody waits while
/// he reads.
pub(crate) struct Journal {
    capacity: usize,
    last_id: u64,
    bytes: usize,
    entries: VecDeque<Arc<Entry>>,
}

impl Journal {
    /// The limit of the memory for all entries. The oldest entries are removed first. One entry alone is far smaller.
    pub(crate) const MAX_BYTES: usize = 64 * 1024 * 1024;

    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, last_id: 0, bytes: 0, entries: VecDeque::new() }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The id of the entry that is added next.
    pub(crate) fn next_id(&self) -> u64 {
        self.last_id.saturating_add(1)
    }

    /// Numbers an entry and keeps it.
    pub(crate) fn add(&mut self, mut entry: Entry) -> Arc<Entry> {
        self.last_id = self.next_id();
        entry.id = self.last_id;
        let entry = Arc::new(entry);
        self.bytes = self.bytes.saturating_add(entry.bytes());
        self.entries.push_back(Arc::clone(&entry));
        while self.entries.len() > self.capacity || self.bytes > Self::MAX_BYTES {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.bytes());
        }
        entry
    }

    /// Removes all entries, and returns them to be dropped without the lock. Ids are not used again.
    pub(crate) fn clear(&mut self) -> VecDeque<Arc<Entry>> {
        self.bytes = 0;
        std::mem::take(&mut self.entries)
    }

    pub(crate) fn get(&self, id: u64) -> Option<Arc<Entry>> {
        let first = self.entries.front()?.id;
        self.entries.get(usize::try_from(id.checked_sub(first)?).ok()?).cloned()
    }

    /// At most `limit` entries with a smaller id than `before`, newest first.
    pub(crate) fn before(&self, before: u64, limit: usize) -> Vec<Arc<Entry>> {
        let Some(first) = self.entries.front().map(|entry| entry.id) else { return Vec::new() };
        let until =
            usize::try_from(before.saturating_sub(first)).unwrap_or(usize::MAX).min(self.entries.len());
        self.entries.range(until.saturating_sub(limit)..until).rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use bytes::Bytes;
    use http::Request;

    use super::*;
    use crate::credentials::Credentials;
    use crate::diagnosis::Shown;

    fn credentials() -> &'static Credentials {
        static CREDENTIALS: LazyLock<Credentials> = LazyLock::new(|| Credentials::generate(0).unwrap());
        &CREDENTIALS
    }

    fn entry(bytes: usize) -> Entry {
        Entry::new(&Request::new(vec![0; bytes].into()), None, 0, &Shown::new(credentials()))
    }

    fn ids(journal: &Journal, before: u64, limit: usize) -> Vec<u64> {
        journal.before(before, limit).iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn the_newest_entries_are_kept_and_found_by_id() {
        let mut journal = Journal::new(3);
        assert_eq!(ids(&journal, u64::MAX, 9), [0; 0]);
        for _ in 0..5 {
            journal.add(entry(1));
        }
        assert_eq!(ids(&journal, u64::MAX, 9), [5, 4, 3]);
        assert_eq!(
            (ids(&journal, 5, 1), ids(&journal, 4, 9), ids(&journal, 3, 9)),
            (vec![4], vec![3], vec![])
        );
        let found = |id| journal.get(id).map(|entry| entry.id);
        assert_eq!((found(2), found(3), found(5), found(6)), (None, Some(3), Some(5), None));
        assert_eq!(journal.clear().len(), 3);
        assert_eq!((journal.add(entry(1)).id, ids(&journal, u64::MAX, 9)), (6, vec![6]));
    }

    #[test]
    fn entries_are_bounded_in_bytes_too() {
        let mut journal = Journal::new(usize::MAX);
        for _ in 0..40 {
            journal.add(entry(4 * 1024 * 1024));
        }
        let kept: usize = journal.entries.iter().map(|entry| entry.body.len()).sum();
        assert!(journal.len() > 10 && kept <= Journal::MAX_BYTES, "{} entries, {kept} bytes", journal.len());
        assert_eq!(journal.entries.back().unwrap().id, 40);
    }

    #[test]
    fn a_capacity_of_0_keeps_none_but_counts() {
        let mut journal = Journal::new(0);
        assert_eq!((journal.add(entry(1)).id, journal.add(entry(1)).id), (1, 2));
        assert_eq!((journal.len(), journal.bytes), (0, 0));
    }

    #[test]
    fn a_small_body_does_not_keep_a_large_buffer() {
        let buffer = Bytes::from(vec![7; 1024 * 1024]);
        let kept = Entry::new(&Request::new(buffer.slice(..10)), None, 0, &Shown::new(credentials())).body;
        assert_eq!(kept, buffer.slice(..10));
        assert_ne!(kept.as_ptr(), buffer.as_ptr());
    }
}
