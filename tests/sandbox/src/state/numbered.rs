//! A list whose entries have consecutive ids, and numbers that the merchant chose.

use std::collections::HashMap;

/// Entries in the order of creation. Their ids are consecutive, beginning with `FIRST`, so the time of a lookup by id
/// or by number does not depend on how many there are.
pub(crate) struct Numbered<const FIRST: usize, T> {
    all: Vec<T>,
    by_number: HashMap<String, usize>,
}

impl<const FIRST: usize, T> Default for Numbered<FIRST, T> {
    fn default() -> Self {
        Self { all: Vec::new(), by_number: HashMap::new() }
    }
}

impl<const FIRST: usize, T> Numbered<FIRST, T> {
    /// The id of the next entry.
    pub(crate) fn next_id(&self) -> String {
        FIRST.saturating_add(self.all.len()).to_string()
    }

    /// Appends the entry with the id [`next_id`](Self::next_id). `number` is its `out_request_no`.
    pub(crate) fn push(&mut self, number: &str, entry: T) {
        self.by_number.insert(number.to_owned(), self.all.len());
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
        let number = id.parse::<usize>().ok().filter(|number| number.to_string() == id)?;
        number.checked_sub(FIRST)
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
        self.by_number.get(number).copied()
    }

    pub(crate) fn by_number(&self, number: &str) -> Option<&T> {
        self.at(self.position_of_number(number)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_id_is_found() {
        let mut list = Numbered::<100, &str>::default();
        for number in ["a", "b"] {
            list.push(number, number);
        }
        assert_eq!(
            (list.get("100"), list.get("101"), list.by_number("b")),
            (Some(&"a"), Some(&"b"), Some(&"b"))
        );
        for id in ["102", "99", "0100", "+100", " 100", "", "-1", "99999999999999999999999"] {
            assert_eq!(list.get(id), None, "{id}");
        }
    }
}
