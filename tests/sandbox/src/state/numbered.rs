//! A list whose entries have consecutive ids, and numbers that the merchant chose.

use crate::state::id::Id;
use crate::state::positions::Positions;

/// What has a number that the merchant chose.
pub(crate) trait Chosen {
    /// Its `out_request_no`.
    fn number(&self) -> &str;
}

/// Entries in the order of creation. Their ids are consecutive, beginning with `FIRST`, so the time of a lookup by id
/// or by number does not depend on how many there are.
pub(crate) struct Numbered<const FIRST: u32, T> {
    all: Vec<T>,
    by_number: Positions<FIRST>,
}

impl<const FIRST: u32, T> Default for Numbered<FIRST, T> {
    fn default() -> Self {
        Self { all: Vec::new(), by_number: Positions::default() }
    }
}

impl<const FIRST: u32, T: Chosen> Numbered<FIRST, T> {
    /// The id of the next entry.
    pub(crate) fn next_id(&self) -> Id<FIRST> {
        Id::at(self.all.len())
    }

    /// Appends the entry with the id [`next_id`](Self::next_id). Its number leads to it from now on.
    pub(crate) fn push(&mut self, entry: T) {
        let (id, all) = (self.next_id(), &self.all);
        self.by_number.insert(entry.number(), id, |id| number_of(all, id));
        self.all.push(entry);
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.all.iter()
    }

    /// The position of an id, whether or not an entry has it.
    pub(crate) fn position(id: &str) -> Option<usize> {
        Id::<FIRST>::parse(id).map(Id::position)
    }

    /// The entry at a position, counted from 0 in the order of creation.
    pub(crate) fn at(&self, position: usize) -> Option<&T> {
        self.all.get(position)
    }

    pub(crate) fn at_mut(&mut self, position: usize) -> Option<&mut T> {
        self.all.get_mut(position)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.at(Self::position(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.at_mut(Self::position(id)?)
    }

    /// The position of the entry with this `out_request_no`.
    pub(crate) fn position_of_number(&self, number: &str) -> Option<usize> {
        self.by_number.find(number, |id| number_of(&self.all, id)).map(Id::position)
    }

    pub(crate) fn by_number(&self, number: &str) -> Option<&T> {
        self.at(self.position_of_number(number)?)
    }
}

fn number_of<T: Chosen, const FIRST: u32>(all: &[T], id: Id<FIRST>) -> &str {
    all.get(id.position()).map_or("", T::number)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Chosen for &str {
        fn number(&self) -> &str {
            self
        }
    }

    #[test]
    fn only_the_exact_id_is_found() {
        let mut list = Numbered::<100, &str>::default();
        list.push("a");
        assert_eq!(list.next_id().to_string(), "101");
        list.push("b");
        assert_eq!(
            (list.get("100"), list.get("101"), list.by_number("b")),
            (Some(&"a"), Some(&"b"), Some(&"b"))
        );
        for id in ["102", "99", "0100", "+100", " 100", "", "-1", "99999999999999999999999"] {
            assert_eq!(list.get(id), None, "{id}");
        }
    }

    #[test]
    fn a_number_leads_to_the_last_entry_that_has_it() {
        let mut list = Numbered::<1, &str>::default();
        for number in ["a", "b", "a", "c"] {
            list.push(number);
        }
        let positions = ["a", "b", "c", "d"].map(|number| list.position_of_number(number));
        assert_eq!(positions, [Some(2), Some(1), Some(3), None]);
    }
}
