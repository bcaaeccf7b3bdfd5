//! The platform's keys and certificates.

mod certificate;
mod fetch_gate;
mod key_set;
mod keys;
mod sealed;

pub use certificate::PlatformCertificate;
use fetch_gate::FetchGate;
pub(crate) use fetch_gate::{Fetch, FetchFor, FetchPermit};
pub use keys::PlatformKeys;
pub use sealed::Sealed;
