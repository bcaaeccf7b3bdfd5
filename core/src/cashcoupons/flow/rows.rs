use std::borrow::Cow;
use std::fmt;
use std::io::Read;

use super::columns::Columns;
use super::error::FlowError;
use super::format::{FileFormat, is_gbk};
use super::lines::Lines;
use super::names::comparable;
use super::row::FlowRow;
use super::values::split;
use crate::download::CheckedFile;

/// The only value of the line before the row count.
const TRAILER: &str = "总条数";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// An iterator over the rows of a flow file. Holds one row in memory and checks the row count at the end.
///
/// Can be created from a [`CheckedFile`], whose hash is verified, or from any reader. A row that cannot be read yields
/// [`FlowError::Row`] with its content, and is included in the row count; the iterator continues with the next row
/// ([`FlowError::is_of_row`]). After any other error the iterator ends.
pub struct FlowRows<R> {
    lines: Lines<R>,
    columns: Option<Columns>,
    /// The number of rows according to the response.
    expected: Option<i64>,
    rows: u64,
    ended: bool,
}

impl<R: Read> FlowRows<R> {
    /// Reads the rows of `file`. `expected` is the required number of rows, if it is known.
    pub fn new(file: R, expected: Option<i64>) -> Self {
        Self { lines: Lines::new(file), columns: None, expected, rows: 0, ended: false }
    }

    fn next_row(&mut self) -> Result<Option<FlowRow>, FlowError> {
        if self.columns.is_none() {
            match self.header()? {
                Some(columns) => self.columns = Some(columns),
                // A file without rows may have no header line either.
                None => return self.trailer(),
            }
        }
        let columns = self.columns.as_ref().ok_or(FlowError::Empty)?;
        let Some(line) = self.lines.next(|row| columns.fit(row))? else {
            // Without a trailer, only the row count of the response shows that the file is complete.
            return self.expected.map_or(Err(FlowError::NoTrailer { rows: self.rows }), |_| self.end(None));
        };
        if is_trailer(line) {
            return self.trailer();
        }
        self.rows = self.rows.saturating_add(1);
        columns.read(line, self.rows).map(Some).map_err(FlowError::Row)
    }

    /// Reads the header line. Returns `None` if the trailer is in its place.
    fn header(&mut self) -> Result<Option<Columns>, FlowError> {
        if self.lines.peek(BYTE_ORDER_MARK.len())? == BYTE_ORDER_MARK {
            self.lines.skip(BYTE_ORDER_MARK.len());
        }
        if let Some(format) = FileFormat::detect(self.lines.peek(FileFormat::HEAD)?) {
            return Err(FlowError::Format(format));
        }
        let line = self.lines.next(any)?.ok_or(FlowError::Empty)?;
        if std::str::from_utf8(line).is_err() {
            return Err(match is_gbk(line) {
                true => FlowError::Format(FileFormat::Gbk),
                false => FlowError::HeaderNotUtf8,
            });
        }
        if is_trailer(line) {
            return Ok(None);
        }
        Columns::parse(line).map(Some)
    }

    fn trailer(&mut self) -> Result<Option<FlowRow>, FlowError> {
        let rows = self.rows;
        let count = self.lines.next(any)?.and_then(single).and_then(|count| count.trim().parse().ok());
        let count = count.ok_or(FlowError::NoTrailer { rows })?;
        if self.lines.next(any)?.is_some() {
            return Err(FlowError::AfterTrailer);
        }
        self.end(Some(count))
    }

    fn end(&self, trailer: Option<i64>) -> Result<Option<FlowRow>, FlowError> {
        for expected in [trailer, self.expected].into_iter().flatten() {
            if u64::try_from(expected) != Ok(self.rows) {
                return Err(FlowError::Count { expected, rows: self.rows });
            }
        }
        Ok(None)
    }
}

/// A header line or a trailer may be any line.
fn any(_: &[u8]) -> bool {
    true
}

/// The value of a line that has only one. Commas may follow it.
fn single(line: &[u8]) -> Option<Cow<'_, str>> {
    let mut values = split(line, true).values.into_iter();
    let value = values.next().filter(|_| values.all(|value| value.is_empty()))?;
    match value {
        Cow::Borrowed(value) => std::str::from_utf8(value).ok().map(Cow::Borrowed),
        Cow::Owned(value) => String::from_utf8(value).ok().map(Cow::Owned),
    }
}

fn is_trailer(line: &[u8]) -> bool {
    // Most lines are rows, and need not be split for this.
    const MAX: usize = 64;
    line.len() <= MAX
        && single(line).is_some_and(|value| comparable(&value).0.trim_end_matches(':') == TRAILER)
}

impl<W: Read> From<CheckedFile<W>> for FlowRows<CheckedFile<W>> {
    fn from(file: CheckedFile<W>) -> Self {
        let expected = file.rows();
        Self::new(file, expected)
    }
}

impl<R: Read> Iterator for FlowRows<R> {
    type Item = Result<FlowRow, FlowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.next_row().transpose();
        self.ended = !row.as_ref().is_some_and(|row| row.as_ref().err().is_none_or(FlowError::is_of_row));
        row
    }
}

impl<R: Read> std::iter::FusedIterator for FlowRows<R> {}

impl<R> fmt::Debug for FlowRows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowRows")
            .field("rows", &self.rows)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
