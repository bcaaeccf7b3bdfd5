//! Tells whether an object has members before it is read.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess};

/// Looks for the first member of an object. Returns the object from its beginning, or `None` if it has no members.
pub(super) fn peek<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Peeked<'de, A>>, A::Error> {
    let first = object.next_key()?;
    Ok(first.map(|Name(first)| Peeked { first: Some(first), rest: object }))
}

/// The name of a member. It is not copied if it is in the text that is read.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// An object of which the first name was read.
pub(super) struct Peeked<'a, A> {
    first: Option<Cow<'a, str>>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Peeked<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(first.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}
