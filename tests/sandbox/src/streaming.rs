//! Bodies that are produced while they are sent.

use std::fmt;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc::Receiver;

/// A body that is produced while it is sent: an export of the state, or events.
pub struct Streaming(pub(crate) Source);

pub(crate) enum Source {
    Chunks(Box<dyn Iterator<Item = Bytes> + Send + Sync>),
    /// What is sent first, and the events.
    Events(Bytes, Receiver<Bytes>),
}

impl Streaming {
    /// Returns the whole body. Of events, it returns those that have already happened.
    pub fn collect(self) -> Bytes {
        let mut all = BytesMut::new();
        match self.0 {
            Source::Chunks(chunks) => chunks.for_each(|chunk| all.extend_from_slice(&chunk)),
            Source::Events(first, mut events) => {
                all.extend_from_slice(&first);
                while let Ok(event) = events.try_recv() {
                    all.extend_from_slice(&event);
                }
            }
        }
        all.freeze()
    }
}

impl fmt::Debug for Streaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Chunks(_) => "Streaming(chunks)",
            Source::Events(..) => "Streaming(events)",
        })
    }
}
