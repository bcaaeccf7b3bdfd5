/// A list that contradicts its own count: it ended before as many entries were received as its last response counts, or
/// with more.
///
/// It comes after all entries of the list, which are verified as usual. Entries may be missing or repeated: the list may
/// have changed while it was read, or the platform ignored the requested page. Read it again before you rely on it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{received} entries were received{}, but the last response counts {total_count}",
    Skipped(*skipped)
)]
pub struct ListError {
    skipped: u64,
    received: u64,
    total_count: i64,
}

impl ListError {
    /// Compares a list that has ended with its `total_count`.
    pub(crate) fn check(skipped: u64, received: u64, total_count: i64) -> Option<Self> {
        let agrees = u64::try_from(total_count).is_ok_and(|total| {
            // A list that was read from beyond its end has no entries there.
            skipped.saturating_add(received) == total || (received == 0 && skipped > total)
        });
        (!agrees).then_some(Self { skipped, received, total_count })
    }

    /// Returns the number of entries received.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Returns the number of entries before the first requested page. 0 if the list was read from its beginning.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Returns the number of entries of the whole list, as the last response states it.
    pub fn total_count(&self) -> i64 {
        self.total_count
    }
}

/// Mentions entries before the first requested page, if there are any.
struct Skipped(u64);

impl std::fmt::Display for Skipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            0 => Ok(()),
            skipped => write!(f, " after the first {skipped}, which were not requested"),
        }
    }
}
