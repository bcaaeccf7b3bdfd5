use super::{Failure, Sql};
use crate::ledger::{Binding, LedgerError, Location};

/// Where a ledger is kept: what executes its statements.
pub trait Database {
    /// Returns where it is.
    fn place(&self) -> &Location;

    /// Returns to what the ledger belongs.
    fn bound(&self) -> &Binding;

    /// Reads in one transaction, so all that is read is of one moment.
    ///
    /// # Errors
    /// [`LedgerError`] when the database failed, and those of `read`.
    fn read<T>(&mut self, read: impl FnOnce(&dyn Sql) -> Result<T, Failure>) -> Result<T, LedgerError>;

    /// Writes in one transaction: all of it, and it is on the disk when this returns, or nothing.
    ///
    /// # Errors
    /// [`LedgerError`] when the database failed, and those of `write`.
    fn write<T>(&mut self, write: impl FnOnce(&dyn Sql) -> Result<T, Failure>) -> Result<T, LedgerError>;

    /// Removes from the storage what was overwritten or deleted. Returns `false` if something of it may still be there.
    ///
    /// # Errors
    /// [`LedgerError`] when the database failed.
    fn scrub(&mut self) -> Result<bool, LedgerError>;
}
