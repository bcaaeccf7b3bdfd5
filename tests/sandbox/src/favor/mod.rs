//! The handlers of `/v3/marketing/favor`, and the flow files.

pub(crate) mod available;
pub(crate) mod callbacks;
pub(crate) mod coupons;
pub(crate) mod flow;
pub(crate) mod flow_file;
pub(crate) mod media;
pub(crate) mod modify;
mod pages;
pub(crate) mod payment;
pub(crate) mod platform_favor;
mod rules;
pub(crate) mod stocks;
