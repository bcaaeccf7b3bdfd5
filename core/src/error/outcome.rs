use std::fmt;

use serde::{Deserialize, Serialize};

/// The outcome of an operation that ended in an error. It determines whether to retry the operation.
///
/// It covers this call and all its attempts, and no other call. If an earlier call with the same `out_request_no` ended
/// as [`Unknown`](Self::Unknown), crashed or was dropped, a later `NotSent` or `Rejected` says nothing about that
/// earlier call: retry with the same number until it succeeds, or query.
///
/// It can be stored. In JSON it is `"not_sent"`, `"rejected"`, `"unknown"` or `"done"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing left this process, so this call had no effect. It is safe to send the request at any time. (If an
    /// operation only reads, this is so for the last attempt. Those before it had no effect either.)
    NotSent,
    /// The platform rejected the operation, so this call had no effect. Correct the request or give up.
    Rejected,
    /// The operation may have taken effect. Retry the *identical* request (with the same `out_request_no`) or query. A
    /// new `out_request_no` could create a second coupon.
    Unknown,
    /// The operation took effect. Only its response could not be used.
    Done,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent: this call had no effect",
            Self::Rejected => "rejected: this call had no effect",
            Self::Unknown => {
                "unknown: the operation may have taken effect; retry the identical request or query"
            }
            Self::Done => "done: the operation took effect, but its response could not be used",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome::{Done, NotSent, Rejected, Unknown};

    #[test]
    fn each_outcome_says_whether_there_may_be_an_effect() {
        for (outcome, text) in [
            (NotSent, "not sent: this call had no effect"),
            (Rejected, "rejected: this call had no effect"),
            (Unknown, "unknown: the operation may have taken effect; retry the identical request or query"),
            (Done, "done: the operation took effect, but its response could not be used"),
        ] {
            assert_eq!(outcome.to_string(), text);
        }
    }

    #[test]
    fn an_outcome_can_be_stored() {
        for (outcome, json) in [
            (NotSent, "\"not_sent\""),
            (Rejected, "\"rejected\""),
            (Unknown, "\"unknown\""),
            (Done, "\"done\""),
        ] {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), json);
            assert_eq!(serde_json::from_str::<super::Outcome>(json).unwrap(), outcome);
        }
    }
}
