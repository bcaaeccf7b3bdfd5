//! The message that is signed: five lines, and the mistakes in putting them together.

use crate::diagnosis::charset;

/// Method, target, timestamp, nonce and body.
pub(crate) type Lines<'a> = [&'a [u8]; 5];

pub(crate) const METHOD: usize = 0;
pub(crate) const TARGET: usize = 1;
pub(crate) const TIMESTAMP: usize = 2;
pub(crate) const NONCE: usize = 3;
pub(crate) const BODY: usize = 4;

/// How lines are put together.
#[derive(Clone)]
pub(crate) struct Shape {
    pub(crate) order: Vec<usize>,
    /// Between two lines.
    pub(crate) separator: &'static str,
    /// After the last line.
    pub(crate) end: &'static str,
    /// The whole message is encoded as UTF-16 instead of UTF-8.
    pub(crate) utf16: Option<charset::Utf16>,
}

impl Shape {
    /// The right one.
    pub(crate) fn new() -> Self {
        Self { order: vec![METHOD, TARGET, TIMESTAMP, NONCE, BODY], separator: "\n", end: "\n", utf16: None }
    }

    /// Replaces the content of `message` by that of the lines.
    pub(crate) fn write(&self, lines: &Lines<'_>, message: &mut Vec<u8>) {
        message.clear();
        for (number, at) in self.order.iter().enumerate() {
            if number > 0 {
                message.extend_from_slice(self.separator.as_bytes());
            }
            message.extend_from_slice(lines.get(*at).copied().unwrap_or_default());
        }
        message.extend_from_slice(self.end.as_bytes());
        if let Some(utf16) = self.utf16
            && let Ok(text) = std::str::from_utf8(message)
        {
            *message = charset::utf16(text, utf16);
        }
    }
}

/// The message that the platform verifies.
pub(crate) fn message(lines: &Lines<'_>) -> Vec<u8> {
    let mut message = Vec::new();
    Shape::new().write(lines, &mut message);
    message
}
