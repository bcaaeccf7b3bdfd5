//! The ledger of coupon campaigns: which coupon is for whom, what was sent, and what became of it.
#![forbid(unsafe_code)]

pub mod ledger;
pub mod list;
