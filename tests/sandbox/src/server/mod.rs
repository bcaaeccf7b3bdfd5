//! The HTTP server: serves requests and sends notifications.

mod accept;
mod body;
mod delivery;
mod limits;
mod refusals;
mod serve;
#[cfg(test)]
mod tests;

pub use serve::{Server, serve};
