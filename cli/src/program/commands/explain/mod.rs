//! `explain`: codes and what they mean, without a network.

mod codes;
mod command;
mod internal;

pub(super) use codes::of as explained;
pub(crate) use command::explain;
pub(super) use internal::of as explained_internal;
