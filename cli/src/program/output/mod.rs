//! What the program writes: data to stdout, everything else to stderr.

mod received;
mod table;
mod writer;

pub(crate) use received::received;
pub(crate) use table::{Table, fields};
pub(crate) use writer::{Output, members};
