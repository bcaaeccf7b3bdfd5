//! Defines operations: a request, how it is sent, and how its response is decoded.

mod base_url;
mod body;
mod definition;
pub mod field;
mod parts;
pub(crate) mod repeated;

pub use base_url::BaseUrl;
pub use body::Body;
pub(crate) use definition::{CrateOnly, KeysInResponse, OpenedKeys};
pub use definition::{Operation, ResponseSignature};
pub use parts::Parts;
