//! Reading long lists in slices: the lock is released between them, so that no other request waits for long.

use std::sync::Arc;

use serde_json::Value;

use crate::platform::Platform;
use crate::state::State;

/// The number of entries that are formatted while the lock is held.
pub(crate) const SLICE: usize = 16;

/// Formats entries, given by any keys. Entries that were removed in the meantime are left out.
pub(crate) fn format<K: Copy>(
    platform: &Arc<Platform>,
    keys: &[K],
    entry: impl Fn(&State, K) -> Option<Value>,
) -> Vec<Value> {
    let mut all = Vec::with_capacity(keys.len());
    for slice in keys.chunks(SLICE) {
        let state = platform.state();
        all.extend(slice.iter().filter_map(|key| entry(&state, *key)));
    }
    all
}
