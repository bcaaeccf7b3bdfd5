use std::fmt;
use std::io;

/// A flow file that is not as documented. Says where, and never what stands there.
#[derive(Debug)]
#[non_exhaustive]
pub enum FlowError {
    /// It could not be read.
    Read(io::Error),
    /// There is not even a line with the names of the columns.
    Empty,
    /// The first line has no column of a flow file.
    NoKnownColumn,
    /// A row is not UTF-8.
    NotUtf8 {
        /// Which, counted from 1.
        row: u64,
    },
    /// A row has another number of values than there are columns.
    Width {
        /// Which, counted from 1.
        row: u64,
        /// How many values it has.
        values: usize,
        /// How many columns there are.
        columns: usize,
    },
    /// A value cannot be read.
    Value {
        /// In which row, counted from 1.
        row: u64,
        /// In which column.
        column: &'static str,
        /// What it is not.
        problem: &'static str,
    },
    /// The file ends without the number of its rows: it is cut off.
    NoTrailer {
        /// How many rows there were.
        rows: u64,
    },
    /// Something follows the number of rows.
    AfterTrailer,
    /// There are not as many rows as there should be.
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

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(_) => f.write_str("the flow file could not be read"),
            Self::Empty => f.write_str("the flow file is empty"),
            Self::NoKnownColumn => f.write_str("the first line has no column of a flow file"),
            Self::NotUtf8 { row } => write!(f, "row {row} is not UTF-8"),
            Self::Width { row, values, columns } => {
                write!(f, "row {row} has {values} values for {columns} columns")
            }
            Self::Value { row, column, problem } => write!(f, "row {row}: {column} is not {problem}"),
            Self::NoTrailer { rows } => {
                write!(f, "the flow file ends after {rows} rows without saying how many there are: cut off")
            }
            Self::AfterTrailer => f.write_str("something follows the number of rows"),
            Self::Count { said, rows } => write!(f, "there are {rows} rows where {said} should be"),
        }
    }
}

impl FlowError {
    /// Whether only this row cannot be read; reading goes on with the next.
    pub fn is_of_row(&self) -> bool {
        matches!(self, Self::NotUtf8 { .. } | Self::Width { .. } | Self::Value { .. })
    }
}

impl std::error::Error for FlowError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(source) => Some(source),
            _ => None,
        }
    }
}
