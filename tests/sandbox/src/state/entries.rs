//! The merchants or goods of a stock, which can be changed.

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

    /// Without those to delete, then with those to add, each once. An entry in both stays: inferred.
    pub(crate) fn with(&self, add: Vec<String>, delete: &[String]) -> Vec<String> {
        let delete: HashSet<&String> = delete.iter().collect();
        let mut seen = HashSet::new();
        let kept = self.entries.iter().filter(|entry| !delete.contains(entry)).cloned();
        kept.chain(add).filter(|entry| seen.insert(entry.clone())).collect()
    }

    /// Gives the time of the last change, which is now if this is one.
    pub(crate) fn set(&mut self, entries: Vec<String>, now: UnixSeconds) -> UnixSeconds {
        if entries != self.entries {
            self.entries = entries;
            self.changed = Some(now);
        }
        self.changed.unwrap_or(now)
    }
}
