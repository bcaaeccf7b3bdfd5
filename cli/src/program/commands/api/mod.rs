//! `api`: any request of APIv3.

mod api;
mod call;
mod input;
mod pages;

pub(crate) use api::api;
