//! `doctor`.

mod checks;
mod command;
mod diagnosis;

pub(crate) use command::doctor;
