use std::io;

/// A flow file that is not as documented. Says where, and never what stands there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// It could not be read.
    #[error("the flow file could not be read")]
    Read(#[source] io::Error),
    /// There is not even a line with the names of the columns.
    #[error("the flow file is empty")]
    Empty,
    /// The first line has no column of a flow file.
    #[error("the first line has no column of a flow file")]
    NoKnownColumn,
    /// A row is not UTF-8.
    #[error("row {row} is not UTF-8")]
    NotUtf8 {
        /// Which, counted from 1.
        row: u64,
    },
    /// A row has another number of values than there are columns.
    #[error("row {row} has {values} values for {columns} columns")]
    Width {
        /// Which, counted from 1.
        row: u64,
        /// How many values it has.
        values: usize,
        /// How many columns there are.
        columns: usize,
    },
    /// A value cannot be read.
    #[error("row {row}: {column} is not {problem}")]
    Value {
        /// In which row, counted from 1.
        row: u64,
        /// In which column.
        column: &'static str,
        /// What it is not.
        problem: &'static str,
    },
    /// The file ends without the number of its rows: it is cut off.
    #[error("the flow file ends after {rows} rows without saying how many there are: cut off")]
    NoTrailer {
        /// How many rows there were.
        rows: u64,
    },
    /// Something follows the number of rows.
    #[error("something follows the number of rows")]
    AfterTrailer,
    /// There are not as many rows as there should be.
    #[error("there are {rows} rows where {said} should be")]
    Count {
        /// How many there should be.
        said: i64,
        /// How many there are.
        rows: u64,
    },
}

impl From<csv::Error> for FlowError {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(source) => Self::Read(source),
            // With flexible byte records nothing else can happen.
            other => Self::Read(io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}"))),
        }
    }
}

impl FlowError {
    /// Whether only this row cannot be read; reading goes on with the next.
    pub fn is_of_row(&self) -> bool {
        matches!(self, Self::NotUtf8 { .. } | Self::Width { .. } | Self::Value { .. })
    }
}
