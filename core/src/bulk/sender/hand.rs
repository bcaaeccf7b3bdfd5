use std::time::Duration;

use crate::bulk::{BulkOperation, History, Intent};

/// An intent in the hands of the sender.
pub(super) struct Hand<O> {
    pub(super) operation: O,
    pub(super) history: History,
    /// A hash of its user. That of another user may be the same; then one of them waits.
    pub(super) user: u64,
    pub(super) place: Place,
    /// Whether it waits for a query, and not for an attempt.
    pub(super) doubtful: bool,
    /// Whether it counts for the limit of the policy.
    pub(super) begun: bool,
    /// How often this sender has looked for it in vain. Each looks at least once, because what was recorded of earlier ones
    /// depends on their clocks, and at most twice, so that it ends whatever its own clock does.
    pub(super) looks: u32,
    /// How many queries for it failed in a row.
    pub(super) failed_searches: u32,
}

/// Where an intent is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It waits for this time, for its next attempt or for its next query.
    Waiting(Duration),
    /// It waits for its turn, or for another request for its user to end.
    Due,
    /// The attempt, which was begun at this time, is being recorded.
    Recording(u32, Duration),
    /// The attempt, which was begun at this time, is recorded, and waits for the pace.
    Recorded(u32, Duration),
    /// The request was started at this time.
    InFlight(u32, Duration),
    /// What it may have made is to be looked for.
    ToSearch,
    /// What it may have made is being looked for.
    Searching,
}

impl<O: BulkOperation> Hand<O> {
    pub(super) fn new(intent: Intent<O>, user: u64) -> Self {
        let Intent { operation, history, .. } = intent;
        Self {
            operation,
            history,
            user,
            place: Place::Due,
            doubtful: false,
            begun: false,
            looks: 0,
            failed_searches: 0,
        }
    }
}
