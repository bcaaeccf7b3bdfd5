//! Where campaigns are kept: what is intended, what was tried, and what is known.

mod address;
mod any;
mod binding;
mod books;
mod campaign;
mod error;
mod export;
mod finding;
mod forgetting;
mod heard;
mod kept;
mod lane;
mod location;
mod plan;
#[cfg(feature = "postgres")]
mod postgres;
mod reads;
mod reply;
mod report;
mod request;
mod resolve;
mod run_lock;
mod sql;
mod sqlite;
mod threaded;

pub use address::Address;
pub use any::{AnyLedger, AnyLock, AnyStore};
pub use binding::Binding;
pub use books::{
    Class, Difference, DifferenceState, Differences, FlowFile, FlowKind, Imported, Sent, UnknownClass,
};
pub use campaign::Campaign;
pub use error::{LedgerError, StorageProblem};
pub use finding::{Checked, Finding, FindingKind};
pub use forgetting::{Forgettable, Forgetting, Forgotten};
pub use heard::{Forward, ForwardEnd, Forwards, Heard, HeardCounts};
pub use kept::Ledger;
pub use lane::lane;
pub use location::Location;
pub use plan::{Overlap, Plan, Planned};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresLedger, PostgresLock, PostgresStore, password_of};
pub use reads::{Counts, IntentRow, LastAttempt, Minute, RefusalGroup, Selection, Worker};
pub use report::{Age, Booked, Coupons, Delay, Delays, OpenDifferences, Report, SeenStock, Sources};
pub use resolve::{Author, Entry, Resolution, Resolved};
pub use run_lock::RunLock;
pub use sqlite::{SqliteLedger, SqliteStore};
pub use threaded::Threaded;
