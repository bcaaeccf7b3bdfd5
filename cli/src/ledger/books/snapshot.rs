use serde::Serialize;

/// How many coupons of a stock all campaigns of a ledger have sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sent {
    /// Those that were sent.
    pub sent: u64,
    /// Those that may be out besides.
    pub maybe: u64,
}
