//! Errors of the library in the language of the reader.

use wechatpay_cli::ledger::LedgerError;

use crate::program::texts::language::{Language, spoken};
use crate::program::texts::zh;

/// What an error of the ledger says.
pub(crate) fn ledger_error(error: &LedgerError) -> String {
    match spoken() {
        Language::En => None,
        Language::Zh => zh::ledger_error(error),
    }
    .unwrap_or_else(|| error.to_string())
}
