//! The modifiable list of merchants or goods of a stock.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use wechatpay_core::types::UnixSeconds;

#[derive(Debug, Clone, Serialize, Deserialize)]
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

    /// The list with other entries, changed at `now`.
    pub(crate) fn changed_to(entries: Vec<String>, now: UnixSeconds) -> Self {
        Self { entries, changed: Some(now) }
    }

    /// The time of the last change.
    pub(crate) fn changed(&self) -> Option<UnixSeconds> {
        self.changed
    }
}
