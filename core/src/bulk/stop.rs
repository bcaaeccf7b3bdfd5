use serde::{Deserialize, Serialize};

use crate::error::StopReason;

/// Why a campaign stops: what to look at, and what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// What must be put right.
    pub reason: StopReason,
    /// What happened, as a sentence.
    pub why: String,
}
