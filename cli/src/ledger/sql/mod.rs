//! The statements of a ledger, the same for every database.

pub(in crate::ledger) mod books;
pub(in crate::ledger) mod campaigns;
pub(in crate::ledger) mod check;
mod database;
mod facts;
mod failure;
pub(in crate::ledger) mod forget;
pub(in crate::ledger) mod intents;
pub(in crate::ledger) mod meta;
pub(in crate::ledger) mod notifications;
mod number;
pub(in crate::ledger) mod plan;
pub(in crate::ledger) mod reads;
pub(in crate::ledger) mod record;
pub(in crate::ledger) mod report;
pub(in crate::ledger) mod resolve;
mod row;
mod rows;
pub(in crate::ledger) mod schema;
mod statement;
mod value;

pub(in crate::ledger) use database::Database;
pub(in crate::ledger) use failure::Failure;
pub(in crate::ledger) use number::{from_sql, to_sql};
pub(in crate::ledger) use row::{Columns, Row};
pub(in crate::ledger) use statement::{Sql, Take, TakeOf};
pub(in crate::ledger) use value::Value;
