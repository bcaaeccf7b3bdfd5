//! What became of the coupons: importing it, and comparing it with what was sent.

mod compare;
mod covered;
mod differences;
mod files;
mod flow;
mod money;
mod refunds;
mod repeated;
mod scope;
mod sent;
mod snapshots;
mod sound;
mod uses;

pub(in crate::ledger) use compare::reconcile;
pub(in crate::ledger) use differences::{CLOSED, OPEN, close, list};
pub(in crate::ledger) use flow::import;
pub(in crate::ledger) use snapshots::{keep as keep_snapshot, sent};
pub(in crate::ledger) use sound::check;
