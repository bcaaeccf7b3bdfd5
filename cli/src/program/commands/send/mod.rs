//! `send …`.

mod book;
mod choose;
mod export;
mod hold;
mod plan;
mod preflight;
mod prepared;
mod progress;
mod resolve;
mod run;
mod signals;
mod status;
mod summary;

pub(super) use book::{blocking, campaign, existing, ledger_failure, open, open_existing, who};
pub(crate) use choose::send;
pub(super) use signals::Interrupts;
