//! What goes over the wire, faults included.

use std::time::Duration;

use bytes::Bytes;
use http::Response;

/// What whoever sent a request gets to see: without a fault, [`Whole`](Self::Whole) without a delay.
#[derive(Debug)]
pub enum Wire {
    /// The answer.
    Whole {
        /// It.
        response: Response<Bytes>,
        /// How long nothing comes before it.
        delay: Duration,
    },
    /// An answer of which too little comes before the connection is closed.
    Cut {
        /// Its body is what comes.
        response: Response<Bytes>,
        /// Its `Content-Length`, which is more.
        content_length: u64,
    },
    /// An answer with a body of so many spaces and no `Content-Length`. To be made while it is sent.
    Generated {
        /// All but the body.
        response: Response<()>,
        /// How large the body is.
        bytes: u64,
    },
    /// The whole answer, its body byte by byte.
    Dripped {
        /// It.
        response: Response<Bytes>,
        /// How long nothing comes before each byte.
        pause: Duration,
    },
    /// The connection is closed without an answer.
    Closed,
    /// Nothing comes, and the connection stays open.
    Silent,
}

impl From<Response<Bytes>> for Wire {
    fn from(response: Response<Bytes>) -> Self {
        Self::Whole { response, delay: Duration::ZERO }
    }
}
