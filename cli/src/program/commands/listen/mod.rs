//! `listen`: receives callbacks.

mod answer;
mod books;
mod command;
mod complaints;
mod forwarder;
mod lines;
mod ready;
mod server;
mod shown;

pub(crate) use command::listen;
