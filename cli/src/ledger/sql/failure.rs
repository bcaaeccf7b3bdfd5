use wechatpay_core::error::CryptoError;

use crate::ledger::{LedgerError, Location, StorageProblem};

/// A failure inside a transaction: of the database, which is named later, or of the ledger.
#[derive(Debug)]
pub enum Failure {
    /// The database failed.
    Database(StorageProblem, Box<dyn std::error::Error + Send + Sync>),
    /// What the database has is no ledger.
    Foreign,
    /// The ledger refused.
    Ledger(LedgerError),
}

impl Failure {
    /// Names the ledger.
    pub(in crate::ledger) fn at(self, location: &Location) -> LedgerError {
        let location = location.clone();
        match self {
            Self::Database(problem, source) => LedgerError::Storage { location, problem, source },
            Self::Foreign => LedgerError::Foreign(location),
            Self::Ledger(error) => error,
        }
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<CryptoError> for Failure {
    fn from(error: CryptoError) -> Self {
        Self::Ledger(error.into())
    }
}
