//! `stock …`.

mod budget;
mod change;
mod create;
mod file;
mod lists;
mod show;
mod stock;
mod summary;

pub(super) use show::find;
pub(crate) use stock::stock;
pub(super) use summary::face;
