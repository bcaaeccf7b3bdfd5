//! Lists of users, such as the file of a campaign: which columns it has, and its rows.

mod columns;
mod error;
mod reader;

pub use columns::{Columns, Row};
pub use error::{ListError, ListProblem};
pub use reader::ListReader;
