use std::io;

use super::format::FileFormat;
use super::unread::UnreadRow;

/// Error in a flow file. `Debug` and `Display` show the position, but never content of the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// The file could not be read.
    #[error("the flow file could not be read")]
    Read(#[from] io::Error),
    /// The file has no header line.
    #[error("the flow file is empty")]
    Empty,
    /// The file is certainly no flow file in UTF-8.
    #[error("{0}")]
    Format(FileFormat),
    /// The header line is not UTF-8.
    #[error("the header line of the flow file is not UTF-8")]
    HeaderNotUtf8,
    /// The first line has no known column, and a value instead of a name.
    #[error("the flow file has no header line; its first line has values instead of names")]
    NoHeader,
    /// A row could not be read as a whole. It is kept in this error, and the iterator continues with the next row.
    #[error("{0}")]
    Row(Box<UnreadRow>),
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

impl FlowError {
    /// Whether the error concerns only one row. The iterator then continues with the next row.
    pub fn is_of_row(&self) -> bool {
        matches!(self, Self::Row(_))
    }
}
