//! Keeps the state of a platform in its state file.

mod keep;
mod slices;

pub(crate) use keep::{Keeper, save};
