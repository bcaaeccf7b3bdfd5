//! Faults: their kinds, the list of pending faults, and the response on the wire.

mod kinds;
mod pending;
mod wire;

pub(crate) use kinds::{Alteration, Fault};
pub(crate) use pending::{Faults, MAX_PENDING, StoredFault};
pub use wire::Wire;
