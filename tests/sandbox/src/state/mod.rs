//! What the sandbox remembers, for as long as it runs.

pub(crate) mod coupon;
mod coupons;
pub(crate) mod entries;
pub(crate) mod links;
mod memory;
pub(crate) mod notifications;
pub(crate) mod platform_favor;
pub(crate) mod stock;

pub(crate) use memory::State;
