//! The control interface, `/_sandbox`: what users, time or an operator would do, and what the sandbox knows.

mod call;
mod certificates;
mod clock;
mod compare;
mod connect;
mod coupons;
mod curl;
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
mod query;
mod requests;
mod reset;
mod routes;
mod slices;
mod start;
mod state;
mod stocks;
mod table;

pub(crate) use guard::protect;
pub(crate) use routes::control;
