//! The modifiable list of merchants or goods of a stock.

use std::collections::HashSet;

use wechatpay_core::types::UnixSeconds;

pub(crate) struct Entries {
    pub(crate) entries: Vec<String>,
    changed: Option<UnixSeconds>,
}

impl Entries {
    pub(crate) fn new(entries: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { entries: entries.into_iter().map(Into::into).collect(), changed: None }
    }

    /// Returns the entries without `delete` and then with `add`, without duplicates. Inferred: an entry in both stays.
    pub(crate) fn updated(&self, add: Vec<String>, delete: &[String]) -> Vec<String> {
        let delete: HashSet<&String> = delete.iter().collect();
        let mut seen = HashSet::new();
        let kept = self.entries.iter().filter(|entry| !delete.contains(entry)).cloned();
        kept.chain(add).filter(|entry| seen.insert(entry.clone())).collect()
    }

    /// Sets the entries, and returns the time of the last change. It is `now` if the entries differ.
    pub(crate) fn set(&mut self, entries: Vec<String>, now: UnixSeconds) -> UnixSeconds {
        if entries != self.entries {
            self.entries = entries;
            self.changed = Some(now);
        }
        self.changed.unwrap_or(now)
    }
}
