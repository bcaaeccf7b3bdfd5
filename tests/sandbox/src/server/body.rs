//! Response bodies as they are sent, including faults.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Sleep, sleep};

use crate::streaming::{Source, Streaming};

/// A comment is sent to those who listen to events after this time without an event, which also finds out who has gone.
const BEAT: Duration = Duration::from_secs(15);
static SPACES: [u8; 64 * 1024] = [b' '; 64 * 1024];

/// The error that makes hyper close the connection, whatever `Content-Length` says.
pub(crate) fn close() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the connection is closed by a fault")
}

pub(crate) enum WireBody {
    Whole(Bytes),
    Cut {
        body: Bytes,
        content_length: u64,
        /// Whether the body was flushed to the socket.
        flushed: bool,
    },
    Generated {
        left: u64,
    },
    Dripped {
        body: Bytes,
        pause: Duration,
        next: Pin<Box<Sleep>>,
    },
    Chunks {
        chunks: Box<dyn Iterator<Item = Bytes> + Send + Sync>,
        /// Whether other tasks had their turn since the last chunk.
        rested: bool,
    },
    Events {
        first: Bytes,
        events: Receiver<Bytes>,
        beat: Pin<Box<Sleep>>,
    },
}

impl WireBody {
    pub(crate) fn streamed(body: Streaming) -> Self {
        match body.0 {
            Source::Chunks(chunks) => Self::Chunks { chunks, rested: true },
            Source::Events(first, events) => Self::Events { first, events, beat: Box::pin(sleep(BEAT)) },
        }
    }
}

impl Body for WireBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let data = match self.get_mut() {
            Self::Whole(body) => std::mem::take(body),
            Self::Cut { body, .. } if !body.is_empty() => std::mem::take(body),
            Self::Cut { flushed: true, .. } => return Poll::Ready(Some(Err(close()))),
            Self::Cut { flushed, .. } => {
                // hyper flushes its buffer when the body is pending, and drops the buffer when the body fails.
                *flushed = true;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Self::Generated { left } => {
                let len = usize::try_from(*left).unwrap_or(usize::MAX).min(SPACES.len());
                *left = left.saturating_sub(len as u64);
                Bytes::from_static(SPACES.get(..len).unwrap_or_default())
            }
            Self::Dripped { body, .. } if body.is_empty() => Bytes::new(),
            Self::Dripped { body, pause, next } => {
                std::task::ready!(next.as_mut().poll(context));
                *next = Box::pin(sleep(*pause));
                body.split_to(1)
            }
            Self::Chunks { rested, .. } if !*rested => {
                // A long export would keep its thread for itself.
                *rested = true;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Self::Chunks { chunks, rested } => {
                *rested = false;
                chunks.find(|chunk| !chunk.is_empty()).unwrap_or_default()
            }
            Self::Events { first, .. } if !first.is_empty() => std::mem::take(first),
            Self::Events { events, beat, .. } => match events.poll_recv(context) {
                Poll::Ready(event) => event.unwrap_or_default(),
                Poll::Pending => {
                    std::task::ready!(beat.as_mut().poll(context));
                    *beat = Box::pin(sleep(BEAT));
                    Bytes::from_static(b": beat\n\n")
                }
            },
        };
        // Empty data is the end of the body.
        Poll::Ready((!data.is_empty()).then(|| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(body) if body.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) | Self::Dripped { body, .. } => SizeHint::with_exact(body.len() as u64),
            Self::Cut { content_length, .. } => SizeHint::with_exact(*content_length),
            // Without a length the body is chunked. This tests that a client does not rely on `Content-Length`.
            Self::Generated { .. } | Self::Chunks { .. } | Self::Events { .. } => SizeHint::default(),
        }
    }
}
