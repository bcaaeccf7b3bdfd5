//! The sandbox behind HTTP: serving requests, and sending notifications.

mod body;
mod delivery;
mod serve;

pub use serve::{Server, serve};
