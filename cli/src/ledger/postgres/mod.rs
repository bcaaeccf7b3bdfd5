//! A ledger in a PostgreSQL database, which several machines share.

mod clock;
mod config;
mod connection;
mod db;
mod lanes;
mod ledger;
mod lock;
mod pace;
mod passfile;
mod sql;
mod store;
mod stream;
mod tables;
mod tls;

pub use ledger::PostgresLedger;
pub use lock::PostgresLock;
pub use passfile::password_of;
pub use store::PostgresStore;
