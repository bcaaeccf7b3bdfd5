//! `explain`: codes and what they mean, without a network.

mod codes;
mod explain;
mod internal;

pub(crate) use explain::explain;
