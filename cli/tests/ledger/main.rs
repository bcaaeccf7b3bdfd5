//! The ledger: what it keeps, what it refuses, and what is left after a failure.
#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::disallowed_methods,
    reason = "tests"
)]

/// Runs tests with each kind of ledger.
macro_rules! everywhere {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[test]
                fn $test() {
                    crate::common::in_sqlite(super::$test);
                }
            )*
        }
        mod postgres {
            $(
                #[test]
                fn $test() {
                    crate::common::in_postgres(super::$test);
                }
            )*
        }
    };
}

mod books;
mod check;
mod common;
mod files;
#[cfg(unix)]
mod full;
mod lanes;
mod list;
mod million;
mod notifications;
mod plan;
#[path = "../support/postgres.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod postgres;
mod reads;
mod records;
mod report;
mod resolve;
mod two;
