//! The state of the sandbox, in memory. Its changes are values, which a state file can keep.

mod apply;
pub(crate) mod change;
pub(crate) mod coupon;
pub(crate) mod coupons;
pub(crate) mod entries;
pub(crate) mod id;
pub(crate) mod links;
mod memory;
pub(crate) mod notification;
pub(crate) mod notifications;
pub(crate) mod numbered;
pub(crate) mod platform_favor;
mod positions;
pub(crate) mod stock;

pub(crate) use memory::State;
