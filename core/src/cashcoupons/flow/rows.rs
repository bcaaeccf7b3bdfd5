use std::fmt;
use std::io::{self, Read};

use csv::ByteRecord;

use super::row::Columns;
use super::{FlowError, FlowRow};
use crate::download::CheckedFile;

/// The only value of the line before the row count.
const TRAILER: &str = "总条数";

/// An iterator over the rows of a flow file. Holds one row in memory and checks the row count at the end.
///
/// Can be created from a [`CheckedFile`], whose hash is verified, or from any reader. A row that cannot be parsed
/// yields an error and is included in the row count; the iterator continues with the next row
/// ([`FlowError::is_of_row`]). After any other error the iterator ends.
pub struct FlowRows<R> {
    csv: csv::Reader<LimitedReader<R>>,
    record: ByteRecord,
    columns: Option<Columns>,
    /// The number of rows according to the response.
    expected: Option<i64>,
    rows: u64,
    ended: bool,
}

impl<R: Read> FlowRows<R> {
    /// Reads the rows of `file`. `expected` is the required number of rows, if it is known.
    pub fn new(file: R, expected: Option<i64>) -> Self {
        let file = LimitedReader { inner: file, left: FlowRow::MAX_LEN };
        let csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
        Self { csv, record: ByteRecord::new(), columns: None, expected, rows: 0, ended: false }
    }

    /// Reads the next non-empty line. Returns `false` at the end of the file.
    fn advance(&mut self) -> Result<bool, FlowError> {
        self.csv.get_mut().left = FlowRow::MAX_LEN;
        self.csv.read_byte_record(&mut self.record).map_err(FlowError::from)
    }

    /// Returns the values of the line without their leading backtick, which keeps spreadsheets from parsing them as
    /// numbers.
    fn values(&self) -> Result<Vec<&str>, FlowError> {
        let value = |bytes| std::str::from_utf8(bytes).map(|text| text.strip_prefix('`').unwrap_or(text));
        let values: Result<_, _> = self.record.iter().map(value).collect();
        values.map_err(|_| FlowError::NotUtf8 { row: self.rows.saturating_add(1) })
    }

    fn next_row(&mut self) -> Result<Option<FlowRow>, FlowError> {
        if self.columns.is_none() {
            if !self.advance()? {
                return Err(FlowError::Empty);
            }
            self.columns = Some(Columns::parse(&self.values()?)?);
        }
        if !self.advance()? {
            // Without a trailer, only the row count of the response shows that the file is complete.
            return self.expected.map_or(Err(FlowError::NoTrailer { rows: self.rows }), |_| self.end(None));
        }
        let values = self.values();
        if values.as_deref().is_ok_and(|values| values == [TRAILER]) {
            return self.trailer();
        }
        let columns = self.columns.as_ref().ok_or(FlowError::Empty)?;
        let row = values.and_then(|values| columns.row(&values, self.rows.saturating_add(1)));
        self.rows = self.rows.saturating_add(1);
        row.map(Some)
    }

    fn trailer(&mut self) -> Result<Option<FlowRow>, FlowError> {
        let rows = self.rows;
        if !self.advance()? {
            return Err(FlowError::NoTrailer { rows });
        }
        let row_count = match self.values()?.as_slice() {
            [count] => count.parse().map_err(|_| FlowError::NoTrailer { rows })?,
            _ => return Err(FlowError::NoTrailer { rows }),
        };
        if self.advance()? {
            return Err(FlowError::AfterTrailer);
        }
        self.end(Some(row_count))
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

/// Limits the number of bytes read until `left` is reset, so that an endless row cannot exhaust memory.
struct LimitedReader<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for LimitedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a row of the flow file is longer than 1 MiB",
            ));
        }
        let max = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let len = self.inner.read(buffer.get_mut(..max).unwrap_or_default())?;
        self.left = self.left.saturating_sub(len as u64);
        Ok(len)
    }
}
