//! `man`: manual pages, from the definition of the command line.

mod command;
mod pages;

pub(crate) use command::man;
