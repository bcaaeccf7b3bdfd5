//! A whole state as one JSON document: what an export has for it beyond what is shown, and reading it.

mod coupon;
mod document;
mod entry;
mod notification;
mod others;
mod seed;
mod stock;
mod terms;

pub(crate) use coupon::add_to_coupon;
pub(crate) use document::read;
pub(crate) use others::{add_to_favor, add_to_state};
pub(crate) use seed::seed;
pub(crate) use stock::add_to_stock;
