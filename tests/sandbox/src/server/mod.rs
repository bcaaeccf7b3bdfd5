//! The HTTP server: serves requests and sends notifications.

mod accept;
mod body;
mod delivery;
mod limits;
mod open;
mod refusals;
mod serve;
#[cfg(test)]
mod tests;

pub use accept::Listener;
pub use serve::{Server, serve};
