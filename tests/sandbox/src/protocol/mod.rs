//! The platform's side of the protocol: authentication, request parsing and signed replies. It does not share
//! the core's implementation, so that each one tests the other.

pub(crate) mod auth;
pub(crate) mod certificates;
pub(crate) mod delivery_host;
pub(crate) mod echo;
pub(crate) mod json;
pub(crate) mod language;
pub(crate) mod multipart;
pub(crate) mod notify_url;
pub(crate) mod origin;
pub(crate) mod parameters;
pub(crate) mod problem;
pub(crate) mod query;
pub(crate) mod random;
pub(crate) mod reply;
pub(crate) mod sealed;
pub(crate) mod signing_keys;
pub(crate) mod standing;
