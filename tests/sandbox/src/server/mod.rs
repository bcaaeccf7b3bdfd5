//! The HTTP server: serves requests and sends notifications.

mod body;
mod delivery;
mod refusals;
mod serve;

pub use serve::{Server, serve};
