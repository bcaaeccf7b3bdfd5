use std::fmt;

/// What became of an operation that ended in an error. Decide by it whether to repeat the operation.
///
/// It covers this call and all its attempts, and no other call. If an earlier call with the same `out_request_no` ended
/// as [`Unknown`](Self::Unknown), crashed or was dropped, a later `NotSent` or `Rejected` says nothing about that
/// earlier call: repeat with the same number until it succeeds, or query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing left this process, so this call had no effect. It is safe to send the request at any time.
    NotSent,
    /// The platform refused the operation, so this call had no effect. Correct the request, or give it up.
    Rejected,
    /// The operation may have taken effect. Repeat the *identical* request (with the same `out_request_no`) or query. A
    /// new `out_request_no` could create a second coupon.
    Unknown,
    /// The operation took effect. Only its response could not be read.
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
