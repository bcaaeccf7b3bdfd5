//! The state of the sandbox. It is kept in memory and lost when the sandbox ends.

pub(crate) mod coupon;
pub(crate) mod coupons;
pub(crate) mod entries;
pub(crate) mod links;
mod memory;
mod notification;
pub(crate) mod notifications;
pub(crate) mod numbered;
pub(crate) mod platform_favor;
pub(crate) mod stock;

pub(crate) use memory::State;
