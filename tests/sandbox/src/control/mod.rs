//! The control interface, `/_sandbox`: what users, time or an operator would do, and what the sandbox knows.

mod call;
mod certificates;
mod clock;
mod compare;
mod coupons;
mod diagnose;
mod events;
mod faults;
mod guard;
mod health;
mod images;
mod import;
mod limits;
mod merchant;
mod notifications;
mod openapi;
mod page;
mod query;
mod requests;
mod reset;
mod routes;
mod slices;
mod state;
mod stocks;

pub(crate) use guard::protect;
pub(crate) use routes::control;
