//! What the sandbox remembers of an image.

use serde_json::{Value, json};

pub(crate) struct Image {
    pub(crate) media_url: String,
    pub(crate) sha256: String,
    pub(crate) size: usize,
}

impl Image {
    /// For `GET /_sandbox/state`.
    pub(crate) fn json(&self) -> Value {
        json!({ "media_url": self.media_url, "sha256": self.sha256, "size": self.size })
    }
}
