//! An index of texts that are stored elsewhere.

use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::state::id::Id;

/// The ids of entries by a text of theirs. The texts are not stored a second time: each method gets a function that returns
/// the text of an entry.
#[derive(Default)]
pub(crate) struct Positions<const FIRST: u32> {
    table: HashTable<Id<FIRST>>,
    hasher: RandomState,
}

impl<const FIRST: u32> Positions<FIRST> {
    /// The entry with a text.
    pub(crate) fn find<'a>(&self, text: &str, text_of: impl Fn(Id<FIRST>) -> &'a str) -> Option<Id<FIRST>> {
        self.table.find(self.hasher.hash_one(text), |id| text_of(*id) == text).copied()
    }

    /// Lets a text lead to another entry. Returns the one to which it led before.
    pub(crate) fn insert<'a>(
        &mut self,
        text: &str,
        id: Id<FIRST>,
        text_of: impl Fn(Id<FIRST>) -> &'a str,
    ) -> Option<Id<FIRST>> {
        let hasher = &self.hasher;
        let entry = self.table.entry(
            hasher.hash_one(text),
            |id| text_of(*id) == text,
            |id| hasher.hash_one(text_of(*id)),
        );
        match entry {
            Entry::Occupied(mut there) => Some(std::mem::replace(there.get_mut(), id)),
            Entry::Vacant(place) => {
                place.insert(id);
                None
            }
        }
    }
}
