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
    csv: csv::Reader<Quotes<BufReader<R>>>,
    record: csv::ByteRecord,
    /// The line of the last row that has a line break in a cell.
    broken: Option<u64>,
}

impl<R: Read> Rows<R> {
    fn new(reader: R) -> Result<Self, ListError> {
        let mut inner = BufReader::with_capacity(64 * 1024, reader);
        skip_bom(&mut inner).map_err(|error| ListError::whole(ListProblem::Io(error)))?;
        let csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(Quotes { inner, seen: 0 });
        Ok(Self { csv, record: csv::ByteRecord::new(), broken: None })
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
            return match self.broken {
                // The cell took the rest of the list.
                Some(line) if self.csv.get_ref().seen % 2 == 1 => {
                    Err(ListError::on(line, ListProblem::OpenQuote))
                }
                _ => Ok(None),
            };
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        if self.record.iter().any(|cell| cell.contains(&b'\n')) {
            self.broken = Some(line);
        }
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

/// Counts the quotes. After the last row, an odd number means that one was never closed.
struct Quotes<R> {
    inner: R,
    seen: u64,
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let quotes = buffer.iter().take(read).filter(|byte| **byte == b'"').count();
        self.seen = self.seen.saturating_add(u64::try_from(quotes).unwrap_or_default());
        Ok(read)
    }
}
