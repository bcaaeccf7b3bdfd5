//! `doctor`.

mod checks;
mod diagnosis;
mod doctor;

pub(crate) use doctor::doctor;
