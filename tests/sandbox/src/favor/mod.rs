//! What the platform does with coupons: `/v3/marketing/favor`, the files and notifications that come of it.

pub(crate) mod available;
pub(crate) mod callbacks;
pub(crate) mod coupons;
pub(crate) mod flow;
pub(crate) mod flow_file;
pub(crate) mod ledger;
pub(crate) mod media;
pub(crate) mod modify;
pub(crate) mod notifications;
pub(crate) mod payment;
pub(crate) mod platform_favor;
pub(crate) mod stocks;
