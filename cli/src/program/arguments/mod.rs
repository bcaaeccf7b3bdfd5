//! The command line.

mod api;
mod books;
mod callback;
mod coupon;
mod global;
mod listen;
mod others;
mod root;
mod send;
mod stock;
mod trigger;

pub(crate) use api::Api;
pub(crate) use books::{FailOn, Flow, FlowOf, Reconcile};
pub(crate) use callback::Callback;
pub(crate) use coupon::{Coupon, ListCoupons, SendOne, ShowCoupon};
pub(crate) use global::{Format, Global};
pub(crate) use listen::Listen;
pub(crate) use others::{Certs, Completions, Explain, Image, Man, Report, Upload};
pub(crate) use root::{Arguments, Command};
pub(crate) use send::{
    Backup, Decided, Export, Forget, Ledger, Named, PlanList, Resolve, RunCampaign, Send, State, Status,
};
pub(crate) use stock::{Budget, Change, Create, Stock, StockOf, Stocks};
pub(crate) use trigger::{Chosen, Trigger};
