//! `trigger …`: what users do with coupons, in a sandbox.

mod chosen;
mod command;
mod control;

pub(crate) use command::trigger;
