//! Variables: those of the environment, and those of the env file.

mod env_file;
mod ledger;
mod path;
mod variables;

pub(crate) use ledger::location;
pub(crate) use path::is_content;
pub(crate) use variables::{Variables, from_environment};
