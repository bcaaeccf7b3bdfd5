//! The commands.

mod api;
mod callback;
mod certs;
mod completions;
mod coupon;
mod doctor;
mod explain;
mod flow;
mod ledger;
mod listen;
mod man;
mod reconcile;
mod report;
mod send;
mod stock;
mod trigger;
mod upload;

pub(crate) use api::api;
pub(crate) use callback::callback;
pub(crate) use certs::certs;
pub(crate) use completions::completions;
pub(crate) use coupon::coupon;
pub(crate) use doctor::doctor;
pub(crate) use explain::explain;
pub(crate) use flow::flow;
pub(crate) use ledger::ledger;
pub(crate) use listen::listen;
pub(crate) use man::man;
pub(crate) use reconcile::reconcile;
pub(crate) use report::report;
pub(crate) use send::send;
pub(crate) use stock::stock;
pub(crate) use trigger::trigger;
pub(crate) use upload::upload;
