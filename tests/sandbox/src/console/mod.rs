//! The console: pages for people who look at the sandbox and drive it in a browser. A page shows the JSON of a control
//! request, and its forms make control requests.

mod accept;
mod assets;
mod clock;
mod compare;
mod connect;
mod coupons;
mod fault_kinds;
mod faults;
mod form_table;
mod forms;
mod layout;
mod limits;
mod marks;
mod money;
mod notifications;
mod problem;
mod request;
mod requests;
mod snippets;
mod start;
mod state;
mod stocks;
mod text;
mod turning;
mod verdict;
mod view;

pub(crate) use accept::{HTML, wants_page};
pub(crate) use assets::{CSS, ICON, SCRIPT};
pub(crate) use clock::clock;
pub(crate) use compare::compare;
pub(crate) use connect::connect;
pub(crate) use coupons::{coupon, coupons};
pub(crate) use faults::faults;
#[cfg(test)]
pub(crate) use form_table::FORMS;
pub(crate) use form_table::form;
pub(crate) use forms::Form;
pub(crate) use limits::limits;
pub(crate) use notifications::{notification, notifications};
pub(crate) use problem::error_page;
pub(crate) use request::request;
pub(crate) use requests::requests;
pub(crate) use start::start;
pub(crate) use state::state;
pub(crate) use stocks::{stock, stocks};
pub(crate) use view::{View, ViewContext};
