//! The platform's side of the protocol, written without the core's: who calls, what comes in, how answers are signed.

pub(crate) mod answer;
pub(crate) mod auth;
pub(crate) mod certificates;
pub(crate) mod echo;
pub(crate) mod input;
pub(crate) mod multipart;
pub(crate) mod platform_keys;
pub(crate) mod sealed;
