//! What became of the coupons: flow files, the stock, and what does not agree.

mod class;
pub(super) mod day;
mod difference;
mod flow;
pub(super) mod line;
pub(super) mod reading;
mod refund_columns;
mod snapshot;

pub use class::{Class, UnknownClass};
pub use difference::{Difference, DifferenceState, Differences};
pub use flow::{FlowFile, FlowKind, Imported};
pub use snapshot::Sent;
