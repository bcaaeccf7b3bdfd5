//! Why a command failed, for people and for programs.

mod call;
mod failure;

pub(crate) use failure::Failure;
