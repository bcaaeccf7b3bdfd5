//! The limits of the server, and request bodies within them.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Larger request bodies get 413. The largest valid body is an image of 2 MiB.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// Bodies up to this size do not count towards the memory for all bodies, so that small requests do not wait behind
/// large ones.
const SMALL: usize = 16 * 1024;

/// What the server allows.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// For a client to send its headers, and for a connection without a request.
    pub(super) head: Duration,
    /// For a client to send its body.
    pub(super) body: Duration,
    /// For open requests after the server was stopped.
    pub(super) grace: Duration,
    /// Until the server accepts again after it could not, for example because too many files are open.
    pub(super) pause: Duration,
    /// The number of open connections. Others wait until one ends.
    pub(super) connections: usize,
    /// The memory for all large bodies that are being read.
    pub(super) body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            grace: Duration::from_secs(1),
            pause: Duration::from_millis(100),
            connections: 4096,
            body_bytes: 64 * 1024 * 1024,
        }
    }
}

/// Reads a request's body, or returns the status of the error.
pub(super) async fn read(
    body: Incoming,
    limits: Limits,
    memory: &Arc<Semaphore>,
) -> Result<Bytes, StatusCode> {
    match timeout(limits.body, within_size(body, memory)).await {
        Ok(read) => read,
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

async fn within_size(mut body: Incoming, memory: &Arc<Semaphore>) -> Result<Bytes, StatusCode> {
    let announced =
        body.size_hint().upper().map_or(MAX_BODY, |len| usize::try_from(len).unwrap_or(usize::MAX));
    if announced > MAX_BODY {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let (mut all, mut reserved) = (BytesMut::new(), None);
    while let Some(frame) = body.frame().await {
        // The client has gone, or its chunks are malformed.
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        let Ok(data) = frame.into_data() else { continue };
        let len = all.len().saturating_add(data.len());
        if len > MAX_BODY {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        if len > SMALL && reserved.is_none() {
            // For the whole body at once: bodies that wait for each other's memory would never end.
            let bytes = u32::try_from(announced).unwrap_or(u32::MAX);
            reserved = Some(memory.acquire_many(bytes).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?);
        }
        all.extend_from_slice(&data);
    }
    Ok(all.freeze())
}
