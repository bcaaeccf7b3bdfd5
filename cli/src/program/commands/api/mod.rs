//! `api`: any request of APIv3.

mod call;
mod command;
mod input;
mod pages;

pub(crate) use command::api;
