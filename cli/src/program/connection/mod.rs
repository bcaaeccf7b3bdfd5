//! Whom the commands talk to: the platform, or a sandbox in this process.

mod client;
#[cfg(feature = "sandbox")]
mod embedded;
#[cfg(feature = "sandbox")]
mod files;

pub(crate) use client::Connection;
