use std::fmt;

/// What became of an operation that ended in an error. Money depends on it.
///
/// It speaks of this call and all its attempts, and of no other. If an earlier call with the same `out_request_no`
/// ended as [`Unknown`](Self::Unknown), crashed or was dropped, a later `NotSent` or `Rejected` does not settle that
/// one: go on with the same number until it succeeds, or query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing left this process, so this call did nothing. Send it whenever you like.
    NotSent,
    /// The platform refused, so this call did nothing. Change what it objects to, or let it be.
    Rejected,
    /// It may have happened. Repeat the *identical* request (same `out_request_no`) or query; a new
    /// `out_request_no` could create a second coupon.
    Unknown,
    /// It happened. Only the answer could not be read.
    Done,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent: this call did nothing",
            Self::Rejected => "rejected: this call did nothing",
            Self::Unknown => "unknown: it may have happened; repeat the identical request or query",
            Self::Done => "done: it happened, only the answer could not be read",
        })
    }
}
