//! `explain`: codes and what they mean, without a network.

mod codes;
mod command;
mod internal;

pub(crate) use command::explain;
