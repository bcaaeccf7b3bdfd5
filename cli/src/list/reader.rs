use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use super::{Columns, ListError, ListProblem, Row};

const BOM: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Reads a list in CSV, row by row: UTF-8, with or without a byte order mark. Its first line names the columns.
///
/// ```
/// use wechatpay_cli::list::ListReader;
///
/// let file = "openid,member,city\noUpF8uMuAJO_M2pxb1Q9zNjWeS6o,1007,深圳\n";
/// let mut list = ListReader::new(file.as_bytes(), Some("member"))?;
/// assert_eq!(list.columns().key_column(), Some("member"));
/// let row = list.next().unwrap()?;
/// assert_eq!((row.line, row.cells[2].as_str()), (2, "深圳"));
/// assert!(list.next().is_none());
/// # Ok::<(), wechatpay_cli::list::ListError>(())
/// ```
pub struct ListReader<R> {
    rows: Rows<R>,
    columns: Columns,
    ended: bool,
}

impl<R: Read> ListReader<R> {
    /// Reads the first line. The keys of the rows are in the column `key`; without it, the openid is the key.
    ///
    /// # Errors
    /// [`ListError`] when the list cannot be read, or its first line cannot be used.
    pub fn new(reader: R, key: Option<&str>) -> Result<Self, ListError> {
        let mut rows = Rows::new(reader)?;
        let Some(Row { cells, .. }) = rows.read()? else {
            return Err(ListError::whole(ListProblem::NoRows));
        };
        if let [only] = cells.as_slice() {
            let separators = [(';', "semicolons"), ('\t', "tabs")];
            if let Some((_, name)) = separators.into_iter().find(|(separator, _)| only.contains(*separator)) {
                return Err(ListError::on(1, ListProblem::Separator(name)));
            }
        }
        Ok(Self { rows, columns: Columns::new(cells, key)?, ended: false })
    }

    /// Returns the columns.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }
}

/// Ends after the first error.
impl<R: Read> Iterator for ListReader<R> {
    type Item = Result<Row, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = match self.rows.read() {
            Ok(row) => row.map(|row| self.columns.key_and_openid(&row).map(drop).map(|()| row)),
            Err(error) => Some(Err(error)),
        };
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}

impl<R> fmt::Debug for ListReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListReader").field("columns", &self.columns).finish_non_exhaustive()
    }
}

/// The rows of a CSV file, the first line among them.
struct Rows<R> {
    csv: csv::Reader<Text<BufReader<R>>>,
    record: csv::ByteRecord,
}

impl<R: Read> Rows<R> {
    fn new(reader: R) -> Result<Self, ListError> {
        let mut inner = BufReader::with_capacity(64 * 1024, reader);
        skip_bom(&mut inner).map_err(|error| ListError::whole(ListProblem::Io(error)))?;
        let csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(Text {
            inner,
            last: b'\n',
            len: 0,
            quotes: 0,
        });
        Ok(Self { csv, record: csv::ByteRecord::new() })
    }

    fn read(&mut self) -> Result<Option<Row>, ListError> {
        let more = self.csv.read_byte_record(&mut self.record).map_err(|error| {
            let error = match error.into_kind() {
                csv::ErrorKind::Io(error) => error,
                // Unequal rows and text that is not UTF-8 are accepted here.
                _ => io::Error::other("it is no CSV"),
            };
            ListError::whole(ListProblem::Io(error))
        })?;
        if !more {
            return Ok(None);
        }
        let breaks = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count();
        let (position, text) = (self.csv.position(), self.csv.get_ref());
        // Empty lines before the row are skipped, so its line follows from that of its end.
        let line = position.line().saturating_sub(u64::try_from(breaks).unwrap_or_default());
        let took_the_rest = self.record.as_slice().ends_with(b"\n") && position.byte() == text.len;
        if took_the_rest && text.quotes % 2 == 1 {
            return Err(ListError::on(line, ListProblem::OpenQuote));
        }
        // The line break after the row.
        let line = line.saturating_sub(1);
        let cells = self.record.iter().map(|cell| std::str::from_utf8(cell).map(str::to_owned));
        match cells.collect() {
            Ok(cells) => Ok(Some(Row { line, cells })),
            Err(_) => Err(ListError::on(line, ListProblem::Encoding)),
        }
    }
}

fn skip_bom(reader: &mut impl BufRead) -> io::Result<()> {
    let has_bom = reader.fill_buf()?.starts_with(&BOM);
    reader.consume(if has_bom { BOM.len() } else { 0 });
    Ok(())
}

/// The text with every line break as one byte, also after the last line, so that lines can be counted. Counts the quotes,
/// too: after the last row, an odd number means that one was never closed.
struct Text<R> {
    inner: R,
    last: u8,
    len: u64,
    quotes: u64,
}

impl<R: BufRead> Text<R> {
    fn next(&mut self) -> io::Result<Option<u8>> {
        let byte = match self.raw()? {
            Some(b'\r') if self.inner.fill_buf()?.first() == Some(&b'\n') => self.raw()?,
            Some(byte) => Some(byte),
            None => (self.last != b'\n').then_some(b'\n'),
        };
        self.last = byte.unwrap_or(self.last);
        self.len = self.len.saturating_add(byte.is_some().into());
        self.quotes = self.quotes.saturating_add((byte == Some(b'"')).into());
        Ok(byte)
    }

    fn raw(&mut self) -> io::Result<Option<u8>> {
        let byte = self.inner.fill_buf()?.first().copied();
        self.inner.consume(byte.map_or(0, |_| 1));
        Ok(byte)
    }
}

impl<R: BufRead> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read: usize = 0;
        for free in buffer {
            let Some(byte) = self.next()? else { break };
            *free = byte;
            read = read.saturating_add(1);
        }
        Ok(read)
    }
}
