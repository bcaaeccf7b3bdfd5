use std::time::Duration;

use crate::types::UnixMillis;

/// The time, as the driver's two clocks show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The time since the sender was made, from a monotonic clock. The pace and all waits go by it.
    pub elapsed: Duration,
    /// The wall-clock time, which is recorded. It may jump.
    pub unix: UnixMillis,
}
