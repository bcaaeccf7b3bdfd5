//! Consecutive ids.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An id, as the position of its entry. As text it is a number, beginning with `FIRST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id<const FIRST: u32>(u32);

impl<const FIRST: u32> Id<FIRST> {
    /// The id of a position.
    pub(crate) fn at(position: usize) -> Self {
        // There is no memory for more entries.
        Self(u32::try_from(position).unwrap_or(u32::MAX))
    }

    /// The id with this text, whether or not an entry has it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let number = text.parse::<u32>().ok().filter(|number| number.to_string() == text)?;
        number.checked_sub(FIRST).map(Self)
    }

    pub(crate) fn position(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl<const FIRST: u32> fmt::Display for Id<FIRST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&FIRST.saturating_add(self.0), f)
    }
}

impl<const FIRST: u32> Serialize for Id<FIRST> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const FIRST: u32> Deserialize<'de> for Id<FIRST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format_args!("{text:?} is not a possible id")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_stored_as_text() {
        let id: Id<100> = serde_json::from_str("\"105\"").unwrap();
        assert_eq!((id.position(), serde_json::to_string(&id).unwrap().as_str()), (5, "\"105\""));
        for wrong in ["\"99\"", "\"0105\"", "105", "\"a\""] {
            serde_json::from_str::<Id<100>>(wrong).unwrap_err();
        }
    }
}
