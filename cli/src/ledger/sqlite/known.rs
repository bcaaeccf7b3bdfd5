use std::collections::HashMap;

use rusqlite::Connection;
use wechatpay_core::bulk::{History, IntentId, Standing};

use crate::ledger::sql::Failure;

/// The facts of intents that are under way, as the ledger has them, so that they need not be read for each fact that is
/// added. Forgotten as soon as another connection has written.
#[derive(Default)]
pub(super) struct Known {
    /// SQLite changes this number when another connection has written.
    version: Option<i64>,
    histories: HashMap<IntentId, History>,
}

impl Known {
    /// Forgets everything if another connection has written. Call it first in each transaction.
    pub(super) fn refresh(&mut self, connection: &Connection) -> Result<(), Failure> {
        let version = connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if self.version != Some(version) {
            self.histories.clear();
            self.version = Some(version);
        }
        Ok(())
    }

    pub(super) fn take(&mut self, intent: IntentId) -> Option<History> {
        self.histories.remove(&intent)
    }

    /// Keeps the facts of an intent to which more will be added. They must be those that were committed.
    pub(super) fn keep(&mut self, intent: IntentId, history: History, standing: &Standing) {
        if !standing.is_final() && *standing != Standing::Doubtful {
            self.histories.insert(intent, history);
        }
    }

    pub(super) fn forget(&mut self) {
        self.histories.clear();
    }
}
