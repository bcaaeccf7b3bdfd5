//! A ledger in one SQLite file.

mod campaigns;
mod check;
mod db;
mod epoch;
mod facts;
mod file;
mod known;
mod leases;
mod ledger;
mod number;
mod plan;
mod reads;
mod resolve;
mod rows;
mod schema;
mod store;

pub use ledger::SqliteLedger;
pub use store::SqliteStore;
