use super::Failure;
use super::number::from_sql;

/// A row of a result, as a database gives it.
pub(in crate::ledger) trait Columns {
    /// Returns a number.
    ///
    /// # Errors
    /// [`Failure`] if it is none.
    fn int(&self, at: usize) -> Result<Option<i64>, Failure>;

    /// Returns a text.
    ///
    /// # Errors
    /// [`Failure`] if it is none.
    fn text(&self, at: usize) -> Result<Option<String>, Failure>;

    /// What is wrong if there is no value where one is expected.
    fn missing(&self, at: usize) -> Failure;
}

/// A row of a result.
#[derive(Clone, Copy)]
pub struct Row<'a>(pub(in crate::ledger) &'a dyn Columns);

impl Row<'_> {
    /// Returns the value of a column.
    pub(in crate::ledger) fn get<T: Column>(self, at: usize) -> Result<T, Failure> {
        T::read(self, at)
    }
}

/// What a column can be read as.
pub(in crate::ledger) trait Column: Sized {
    fn read(row: Row<'_>, at: usize) -> Result<Self, Failure>;
}

impl Column for Option<i64> {
    fn read(row: Row<'_>, at: usize) -> Result<Self, Failure> {
        row.0.int(at)
    }
}

impl Column for Option<String> {
    fn read(row: Row<'_>, at: usize) -> Result<Self, Failure> {
        row.0.text(at)
    }
}

impl Column for Option<u16> {
    fn read(row: Row<'_>, at: usize) -> Result<Self, Failure> {
        Ok(row.0.int(at)?.and_then(|number| u16::try_from(number).ok()))
    }
}

impl Column for Option<u64> {
    fn read(row: Row<'_>, at: usize) -> Result<Self, Failure> {
        Ok(row.0.int(at)?.map(from_sql))
    }
}

impl Column for i64 {
    fn read(row: Row<'_>, at: usize) -> Result<Self, Failure> {
        row.0.int(at)?.ok_or_else(|| row.0.missing(at))
    }
}

impl Column for u64 {
    fn read(row: Row<'_>, at: usize) -> Result<Self, Failure> {
        i64::read(row, at).map(from_sql)
    }
}

impl Column for u32 {
    fn read(row: Row<'_>, at: usize) -> Result<Self, Failure> {
        u32::try_from(i64::read(row, at)?).map_err(|_| row.0.missing(at))
    }
}

impl Column for bool {
    fn read(row: Row<'_>, at: usize) -> Result<Self, Failure> {
        Ok(i64::read(row, at)? != 0)
    }
}

impl Column for String {
    fn read(row: Row<'_>, at: usize) -> Result<Self, Failure> {
        row.0.text(at)?.ok_or_else(|| row.0.missing(at))
    }
}
