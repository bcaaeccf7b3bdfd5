//! Which mistake the client made, for a request that was refused with 401.

mod diagnose;
mod finding;

pub(crate) use diagnose::diagnose;
pub(crate) use finding::{Diagnosis, Finding, Text};
