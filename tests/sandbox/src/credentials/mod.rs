//! What a merchant and the platform have: made up for the sandbox, and kept in a folder.

mod folder;
mod generated;

pub use generated::Credentials;
pub(crate) use generated::certificate;
