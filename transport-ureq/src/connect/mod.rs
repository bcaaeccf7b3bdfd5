//! Makes connections for ureq's pool.
//!
//! ureq asks its resolver for the addresses of every request, also if it then uses a connection of the pool. The resolver
//! here answers without a lookup, and the connector looks the name up when a connection is really made.

mod budget;
mod connector;
mod names;
mod peer;
mod socket;
mod tcp;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
mod tls;
mod tracked;
mod tunnel;

use budget::Budget;
pub(crate) use connector::agent;
pub(crate) use names::Names;
use peer::Peer;
use socket::Socket;
use tracked::Tracked;
