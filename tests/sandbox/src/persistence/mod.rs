//! The state file: what a sandbox keeps over restarts.
//!
//! It is a snapshot and a journal. Each change is appended to the journal before it is answered, so a killed process loses
//! nothing. The snapshot is replaced when the journal has outgrown it: then a new journal begins, and the old one is
//! removed when the new snapshot is in place. So the state is always the snapshot and the journals from its generation on.
//!
//! This module knows files and lines, but not what the lines say.

mod error;
mod files;
mod load;
mod record;
mod signals;
mod store;
mod writer;

pub use error::StateFileError;
pub(crate) use load::{Opened, has_state, open};
pub(crate) use store::Store;
pub(crate) use writer::Writer;
