//! Where campaigns are kept: what is intended, what was tried, and what is known.

mod binding;
mod campaign;
mod error;
mod export;
mod finding;
mod kept;
mod lane;
mod plan;
mod reads;
mod reply;
mod request;
mod resolve;
mod run_lock;
mod sqlite;
mod threaded;

pub use binding::Binding;
pub use campaign::Campaign;
pub use error::{LedgerError, StorageProblem};
pub use finding::{Checked, Finding, FindingKind};
pub use kept::Ledger;
pub use lane::lane;
pub use plan::{Overlap, Plan, Planned};
pub use reads::{Counts, IntentRow, LastAttempt, Minute, RefusalGroup, Selection};
pub use resolve::{Author, Entry, Resolution, Resolved};
pub use run_lock::RunLock;
pub use sqlite::{SqliteLedger, SqliteStore};
pub use threaded::Threaded;
