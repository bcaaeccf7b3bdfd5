use std::io;

/// Error in a flow file. Contains the position, but never content of the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// The file could not be read.
    #[error("the flow file could not be read")]
    Read(#[source] io::Error),
    /// The file has no header line.
    #[error("the flow file is empty")]
    Empty,
    /// The header line has no known column of a flow file.
    #[error("the header line has no known column of a flow file")]
    NoKnownColumn,
    /// A row is not UTF-8.
    #[error("row {row} of the flow file is not UTF-8")]
    NotUtf8 {
        /// Number of the row, from 1.
        row: u64,
    },
    /// The number of values in a row differs from the number of columns.
    #[error("row {row} of the flow file has {values} values, but the header line has {columns} columns")]
    Width {
        /// Number of the row, from 1.
        row: u64,
        /// Number of values in the row.
        values: usize,
        /// Number of columns in the header line.
        columns: usize,
    },
    /// A value cannot be parsed.
    #[error("row {row} of the flow file is invalid: {column} must be {expected}")]
    Value {
        /// Number of the row, from 1.
        row: u64,
        /// Name of the column.
        column: &'static str,
        /// The format that the value should have.
        expected: &'static str,
    },
    /// The file ends without its row count, so it is truncated.
    #[error("the flow file ends after {rows} rows without a row count; it is truncated")]
    NoTrailer {
        /// Number of rows read.
        rows: u64,
    },
    /// The file continues after the row count.
    #[error("the flow file continues after its row count")]
    AfterTrailer,
    /// The number of rows differs from the row count of the file or of the response.
    #[error("the flow file has {rows} rows, but {expected} are expected")]
    Count {
        /// The expected number of rows.
        expected: i64,
        /// The actual number of rows.
        rows: u64,
    },
}

impl From<csv::Error> for FlowError {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(source) => Self::Read(source),
            // Flexible byte records cause no other kind of error.
            other => Self::Read(io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}"))),
        }
    }
}

impl FlowError {
    /// Whether the error concerns only one row. The iterator then continues with the next row.
    pub fn is_of_row(&self) -> bool {
        matches!(self, Self::NotUtf8 { .. } | Self::Width { .. } | Self::Value { .. })
    }
}
