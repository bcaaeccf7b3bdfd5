use std::fmt;

use super::{ListError, ListProblem};

/// The name of the column with the users.
const OPENID: &str = "openid";
/// The limit of WeChat Pay for an openid. Keys have the same one.
const MAX_LEN: usize = 128;

/// The columns of a list: their names, in their order, which of them has the users, and which the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    names: Vec<String>,
    openid: usize,
    key: usize,
}

/// One row of a list: one cell for each column. Its `Debug` output shows no cell.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// The cells, in the order of the columns.
    pub cells: Vec<String>,
}

impl Columns {
    /// Names the columns. One of them is `openid`. The keys of the rows are in the column `key`; without it, the openid is
    /// the key.
    ///
    /// A key is the number of an order or of a member, for example. From it the `out_request_no` is
    /// [derived](wechatpay_core::types::OutRequestNo::derived), so it must stay the same when the list is made again.
    ///
    /// # Errors
    /// [`ListError`] when a column is missing, has no name, or has the name of another one.
    pub fn new(names: Vec<String>, key: Option<&str>) -> Result<Self, ListError> {
        for (at, name) in names.iter().enumerate() {
            if name.trim().is_empty() {
                return Err(ListError::on(1, ListProblem::NoName(at.saturating_add(1))));
            }
            if names.iter().take(at).any(|earlier| earlier == name) {
                return Err(ListError::on(1, ListProblem::DuplicateColumn).column(name));
            }
        }
        let find = |wanted: &str| {
            let at = names.iter().position(|name| name == wanted);
            at.ok_or_else(|| ListError::on(1, ListProblem::NoColumn).column(wanted))
        };
        let openid = find(OPENID)?;
        let key = key.map_or(Ok(openid), find)?;
        Ok(Self { names, openid, key })
    }

    /// Returns the names of all columns, in their order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the name of the column with the keys, unless the openid is the key.
    pub fn key_column(&self) -> Option<&str> {
        let name = self.names.get(self.key).filter(|_| self.key != self.openid);
        name.map(String::as_str)
    }

    /// Returns the names of the columns that have neither the users nor the keys.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        let names = self.names.iter().enumerate().filter(|(at, _)| self.is_other(*at));
        names.map(|(_, name)| name.as_str())
    }

    /// Returns the cells of the same columns.
    pub(crate) fn other_cells<'a>(&self, row: &'a Row) -> impl Iterator<Item = &'a str> {
        let cells = row.cells.iter().enumerate().filter(|(at, _)| self.is_other(*at));
        cells.map(|(_, cell)| cell.as_str())
    }

    fn is_other(&self, at: usize) -> bool {
        at != self.openid && at != self.key
    }

    /// Returns the key and the openid of a row, if the row can be used.
    pub(crate) fn key_and_openid<'a>(&self, row: &'a Row) -> Result<(&'a str, &'a str), ListError> {
        let (found, expected) = (row.cells.len(), self.names.len());
        let (Some(key), Some(openid), true) =
            (row.cells.get(self.key), row.cells.get(self.openid), found == expected)
        else {
            return Err(ListError::on(row.line, ListProblem::Cells { found, expected }));
        };
        for (at, text) in [(self.openid, openid), (self.key, key)] {
            if let Some(problem) = problem(text, at == self.openid) {
                let name = self.names.get(at).map_or(OPENID, String::as_str);
                return Err(ListError::on(row.line, problem).column(name));
            }
        }
        Ok((key, openid))
    }
}

/// What is wrong with an openid or a key.
fn problem(text: &str, openid: bool) -> Option<ListProblem> {
    let len = text.chars().count();
    if text.trim().is_empty() {
        return Some(ListProblem::Empty);
    }
    if len > MAX_LEN {
        return Some(ListProblem::TooLong { len, max: MAX_LEN });
    }
    if text.chars().any(char::is_control) {
        return Some(ListProblem::Character("a line break or another control character"));
    }
    // Nobody sees such a space, and the number of the coupon would be another one.
    if text.trim() != text || openid && text.contains(char::is_whitespace) {
        return Some(ListProblem::Character("a space, at its beginning or end or where none can be"));
    }
    if text.chars().any(|c| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')) {
        return Some(ListProblem::Character("a character that nobody sees, such as a space without width"));
    }
    // WeChat Pay accepts no such character in any field.
    (openid && text.chars().any(|c| c > '\u{ffff}')).then_some(ListProblem::Character("an emoji or the like"))
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("line", &self.line)
            .field("cells", &self.cells.len())
            .finish_non_exhaustive()
    }
}
