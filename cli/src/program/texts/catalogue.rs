//! The Chinese texts by the English ones.

use crate::program::texts::zh;

/// The groups of the catalogue. Each has English texts with their translations.
pub(super) const GROUPS: [&[(&str, &str)]; 11] = [
    zh::HELP,
    zh::SEND,
    zh::OTHERS,
    zh::DOCTOR,
    zh::REPORT,
    zh::EXPLAIN,
    zh::CORE,
    zh::MAN,
    zh::LISTEN,
    zh::TRIGGER,
    zh::BOOKS,
];

/// The Chinese text of an English one.
pub(super) fn chinese(english: &str) -> Option<&'static str> {
    let mut pairs = GROUPS.iter().flat_map(|group| group.iter());
    pairs.find(|(known, _)| *known == english).map(|(_, chinese)| *chinese)
}
