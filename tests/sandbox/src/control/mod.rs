//! The control interface, `/_sandbox`: what users, time or an operator would do, and what the sandbox knows.

mod call;
mod certificates;
mod clock;
mod compare;
mod coupons;
mod diagnose;
mod faults;
mod merchant;
mod notifications;
mod routes;
mod state;

pub(crate) use routes::control;
