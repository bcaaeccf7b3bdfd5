//! What can be made to go wrong, which request meets it, and what then goes over the wire.

mod kinds;
mod pending;
mod wire;

pub(crate) use kinds::Fault;
pub(crate) use pending::Faults;
pub use wire::Wire;
