//! What the program writes: data to stdout, everything else to stderr.

mod output;
mod table;

pub(crate) use output::{Output, members, received};
pub(crate) use table::{Table, fields};
