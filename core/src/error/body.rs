use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::ErrorCode;

/// `{"code","message","detail"}`. Every part may be absent.
#[derive(Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    pub(super) code: Option<ErrorCode>,
    #[serde(default)]
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) detail: Option<Box<RawValue>>,
}

impl ErrorBody {
    /// The maximum length of a text in bytes.
    const MAX_TEXT: usize = 16 * 1024;

    /// Limits the sizes of the parts. A whole response may be as large as the driver allows, but an error that is kept
    /// should be small.
    pub(super) fn limited(mut self) -> Self {
        self.code.take_if(|code| code.as_str().len() > ErrorCode::MAX);
        self.detail.take_if(|detail| detail.get().len() > Self::MAX_TEXT);
        if let Some(message) = self.message.as_mut().filter(|message| message.len() > Self::MAX_TEXT) {
            // The limit may fall inside a character, so the cut moves back to its beginning.
            let end = (0..=Self::MAX_TEXT).rev().find(|end| message.is_char_boundary(*end));
            message.truncate(end.unwrap_or_default());
            message.shrink_to_fit();
        }
        self
    }
}

/// Details about an invalid parameter. The platform sends them only with some `PARAM_ERROR` and `INVALID_REQUEST`
/// errors, and not always completely.
#[derive(Clone, Default, Deserialize)]
#[non_exhaustive]
pub struct ErrorDetail {
    /// A JSON pointer into the body, or the name of a parameter.
    #[serde(default)]
    pub field: Option<String>,
    /// The value that was sent. `Debug` does not show it, because it may identify a person.
    #[serde(default)]
    pub value: Option<serde_json::Value>,
    /// What is wrong with the value.
    #[serde(default)]
    pub issue: Option<String>,
    /// The part of the request that contains the parameter: `body`, `url`, `query`, `uri_template`, …
    #[serde(default)]
    pub location: Option<String>,
}

impl fmt::Debug for ErrorDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorDetail")
            .field("field", &self.field)
            .field("issue", &self.issue)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}
