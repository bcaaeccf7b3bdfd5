//! One change of the message that a client may have made by mistake.

/// What a mistake is called: code, Chinese, English.
#[derive(Clone, Copy)]
pub(crate) struct Mistake(pub(crate) &'static str, pub(crate) &'static str, pub(crate) &'static str);

/// Another value of a line of the message, and the mistake that leads to it.
#[derive(Clone)]
pub(crate) struct Variation {
    pub(crate) value: Vec<u8>,
    pub(crate) mistake: Mistake,
}

/// Collects the variations of a value, the most likely ones first.
pub(crate) struct Variations<'a> {
    original: &'a [u8],
    pub(crate) list: Vec<Variation>,
}

impl<'a> Variations<'a> {
    pub(crate) fn of(original: &'a [u8]) -> Self {
        Self { original, list: Vec::new() }
    }

    /// Adds a variation, unless it is the original.
    pub(crate) fn push(&mut self, value: impl Into<Vec<u8>>, mistake: Mistake) {
        let value = value.into();
        if value != self.original {
            self.list.push(Variation { value, mistake });
        }
    }
}
