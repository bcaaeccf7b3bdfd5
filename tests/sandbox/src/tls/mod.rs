//! TLS: the sandbox's own CA, and the server's certificate by it.

mod authority;
mod names;
mod server;

pub(crate) use authority::{Authority, Unusable};
pub(crate) use names::Names;
pub use server::Tls;
