use std::fmt;
use std::io;

/// What is wrong with a list, and where. It shows no cell of the list, because most of them identify people.
#[derive(Debug)]
#[non_exhaustive]
pub struct ListError {
    /// The line, from 1, on which the row begins. `None` if the list as a whole is meant.
    pub line: Option<u64>,
    /// The name of the column.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: ListProblem,
}

/// What is wrong with a list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListProblem {
    /// It cannot be read.
    #[error("the list cannot be read")]
    Io(#[source] io::Error),
    /// It is in another encoding.
    #[error(
        "is not UTF-8. If Excel wrote the list, save it again as \"CSV UTF-8\"; a GBK file can be converted with iconv"
    )]
    Encoding,
    /// Its cells are separated by something else.
    #[error("the columns are separated by {0}, and must be separated by commas")]
    Separator(&'static str),
    /// A column is missing.
    #[error("there is no column with this name in the first line")]
    NoColumn,
    /// Two columns have the same name.
    #[error("the first line has this name twice")]
    DuplicateColumn,
    /// A column has no name.
    #[error("column {0} has no name in the first line")]
    NoName(usize),
    /// A cell is empty that must not be.
    #[error("is empty")]
    Empty,
    /// A text is too long.
    #[error("has {len} characters; at most {max} are allowed")]
    TooLong {
        /// Its length in characters.
        len: usize,
        /// The greatest length.
        max: usize,
    },
    /// A text has a character that it must not have.
    #[error("contains {0}")]
    Character(&'static str),
    /// A row has too many or too few cells.
    #[error("the row has {found} cells, but the first line names {expected} columns")]
    Cells {
        /// How many it has.
        found: usize,
        /// How many columns there are.
        expected: usize,
    },
    /// A cell begins with a quote and has no quote at its end.
    #[error("a cell of this row begins with a quote that is never closed")]
    OpenQuote,
    /// There is no row.
    #[error("the list has no rows")]
    NoRows,
}

impl ListError {
    pub(crate) fn whole(problem: ListProblem) -> Self {
        Self { line: None, column: None, problem }
    }

    pub(super) fn on(line: u64, problem: ListProblem) -> Self {
        Self { line: Some(line), column: None, problem }
    }

    pub(super) fn column(mut self, name: &str) -> Self {
        self.column = Some(name.to_owned());
        self
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.column) {
            (Some(line), Some(column)) => write!(f, "line {line}, column {column}: {}", self.problem),
            (Some(line), None) => write!(f, "line {line}: {}", self.problem),
            (None, Some(column)) => write!(f, "column {column}: {}", self.problem),
            (None, None) => write!(f, "{}", self.problem),
        }
    }
}

impl std::error::Error for ListError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            ListProblem::Io(error) => Some(error),
            _ => None,
        }
    }
}
