//! `stock …`.

mod budget;
mod change;
mod command;
mod create;
mod file;
mod lists;
mod show;
mod summary;

pub(crate) use command::stock;
pub(super) use show::find;
pub(super) use summary::face;
