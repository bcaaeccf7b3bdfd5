//! `flow …`.

mod command;
mod fetch;
mod read;
mod spool;

pub(crate) use command::flow;
