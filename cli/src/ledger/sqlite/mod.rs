//! A ledger in one SQLite file.

mod db;
mod epoch;
mod file;
mod known;
mod leases;
mod ledger;
mod store;

pub use ledger::SqliteLedger;
pub use store::SqliteStore;
