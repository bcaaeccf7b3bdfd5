//! Texts in both languages.

/// A text in Chinese and in English.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text(pub(crate) &'static str, pub(crate) &'static str);

impl Text {
    pub(crate) fn get(self, english: bool) -> &'static str {
        if english { self.1 } else { self.0 }
    }
}
