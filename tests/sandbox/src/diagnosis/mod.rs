//! Which mistake the client made, for a request that was refused with 401.

mod authorization;
mod bodies;
mod case;
mod charset;
mod checks;
mod clock;
mod compare;
mod diagnose;
mod encodings;
mod finding;
mod identity;
mod json_text;
mod keys;
mod lines;
mod message;
mod opening;
mod proof;
mod search;
mod shapes;
mod signature;
mod styles;
mod targets;
mod variation;
mod visible;

pub(crate) use case::{Case, target};
pub(crate) use checks::checks;
pub(crate) use compare::{Comparison, expected_message};
pub(crate) use diagnose::diagnose;
pub(crate) use finding::Diagnosis;
pub(crate) use keys::KnownKeys;
pub(crate) use visible::{Shown, visible_name};
