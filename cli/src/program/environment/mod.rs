//! Variables: those of the environment, and those of the env file.

mod env_file;
mod ledger;
mod variables;

pub(crate) use ledger::location;
pub(crate) use variables::{Variables, from_environment};
