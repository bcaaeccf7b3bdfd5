use super::{Failure, Row, Value};

/// Takes a row.
pub(in crate::ledger) type Take<'a> = &'a mut dyn FnMut(Row<'_>) -> Result<(), Failure>;
/// Takes a row, and says to which of many statements it belongs.
pub(in crate::ledger) type TakeOf<'a> = &'a mut dyn FnMut(usize, Row<'_>) -> Result<(), Failure>;

/// Statements within a transaction. Parameters are `?1`, `?2` and so on, and each has one type: where a statement does
/// not show it, it has a `CAST`. All numbers are `BIGINT`.
pub trait Sql {
    /// The time by the clock of the database, as an expression: milliseconds since 1970. For people only: what depends on
    /// a time gets it from the caller.
    fn now(&self) -> &'static str;

    /// What stands after a query whose rows no other process may change until the transaction ends, if that needs saying.
    fn for_update(&self) -> &'static str;

    /// Hands what is damaged in the database itself to `found`.
    ///
    /// # Errors
    /// [`Failure`] when the database failed.
    fn damage(&self, found: &mut dyn FnMut(String)) -> Result<(), Failure>;

    /// Executes statements without values.
    ///
    /// # Errors
    /// [`Failure`] when the database failed.
    fn batch(&self, statements: &str) -> Result<(), Failure>;

    /// Executes a statement. Returns how many rows it has changed.
    ///
    /// # Errors
    /// [`Failure`] when the database failed.
    fn execute(&self, statement: &str, values: &[Value<'_>]) -> Result<u64, Failure>;

    /// Executes a statement once for each row of values, in their order. Returns how many rows each has changed. What is
    /// far away needs one way there and back for all of them.
    ///
    /// # Errors
    /// [`Failure`] when the database failed.
    fn execute_all(&self, statement: &str, rows: &[Vec<Value<'_>>]) -> Result<Vec<u64>, Failure>;

    /// Hands each row of a short result to `take`.
    ///
    /// # Errors
    /// [`Failure`] when the database failed, and those of `take`.
    fn few(&self, statement: &str, values: &[Value<'_>], take: Take<'_>) -> Result<(), Failure> {
        self.each(statement, values, take)
    }

    /// Hands each row of a result to `take`, which may execute other statements. A result of any size takes little memory.
    ///
    /// # Errors
    /// [`Failure`] when the database failed, and those of `take`.
    fn each(&self, statement: &str, values: &[Value<'_>], take: Take<'_>) -> Result<(), Failure>;

    /// Hands the results of many statements to `take`, in their order. As [`execute_all`](Self::execute_all).
    ///
    /// # Errors
    /// [`Failure`] when the database failed, and those of `take`.
    fn each_of(&self, statement: &str, rows: &[Vec<Value<'_>>], take: TakeOf<'_>) -> Result<(), Failure>;
}

impl dyn Sql + '_ {
    /// Returns what `read` makes of the first row, if there is one.
    pub(in crate::ledger) fn first<T>(
        &self,
        statement: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(Row<'_>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let mut first = None;
        self.few(statement, values, &mut |row| {
            if first.is_none() {
                first = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(first)
    }

    /// Returns what `read` makes of each row.
    pub(in crate::ledger) fn list<T>(
        &self,
        statement: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(Row<'_>) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        let mut list = Vec::new();
        self.few(statement, values, &mut |row| {
            list.push(read(row)?);
            Ok(())
        })?;
        Ok(list)
    }
}
