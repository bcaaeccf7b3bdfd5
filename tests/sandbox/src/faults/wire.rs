//! The response on the wire, including faults.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use crate::limits::under_way::UnderWay;

use crate::streaming::Streaming;

/// What the client receives. Without a fault it is [`Whole`](Self::Whole) with a zero delay.
#[derive(Debug)]
pub enum Wire {
    /// A complete response.
    Whole {
        /// The response.
        response: Response<Bytes>,
        /// The time to wait before the response is sent.
        delay: Duration,
    },
    /// A response whose body is shorter than its `Content-Length`. Then the connection is closed.
    Cut {
        /// The response with the part of the body that is sent.
        response: Response<Bytes>,
        /// The value of `Content-Length`.
        content_length: u64,
    },
    /// A response with a body of spaces and no `Content-Length`. Generate the body while sending it.
    Generated {
        /// The response without its body.
        response: Response<()>,
        /// The size of the body.
        bytes: u64,
    },
    /// A complete response, its body sent byte by byte.
    Dripped {
        /// The response.
        response: Response<Bytes>,
        /// The time to wait before each byte.
        pause: Duration,
    },
    /// A response of the control interface whose body is produced while it is sent. There is no `Content-Length`.
    Streamed {
        /// The response without its body.
        response: Response<()>,
        /// The body.
        body: Streaming,
    },
    /// The connection is closed without a response.
    Closed,
    /// No response is sent, and the connection stays open.
    Silent,
}

impl From<Response<Bytes>> for Wire {
    fn from(response: Response<Bytes>) -> Self {
        let under_way = response.extensions().get::<Arc<UnderWay>>();
        let delay = under_way.map_or(Duration::ZERO, |under_way| under_way.latency);
        Self::Whole { response, delay }
    }
}
