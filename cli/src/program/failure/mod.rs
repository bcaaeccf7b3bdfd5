//! Why a command failed, for people and for programs.

mod call;
mod report;

pub(crate) use report::Failure;
