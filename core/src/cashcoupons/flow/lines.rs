//! Reads a file line by line.

use std::io::{self, ErrorKind, Read};

/// The maximum length of a row, in bytes.
pub(super) const MAX_LEN: usize = 1024 * 1024;
/// The number of bytes requested from the reader at once.
const CHUNK: usize = 16 * 1024;

/// The lines of a file, each of which is one row. A value in quotes may continue on the next line. Lines end with CRLF,
/// LF or CR. Blank lines are skipped.
///
/// A quote that is opened and not properly closed must not take the following rows with it: then the row ends where its
/// line ends.
pub(super) struct Lines<R> {
    inner: R,
    /// At most [`MAX_LEN`] bytes.
    buffer: Vec<u8>,
    /// Where the next line begins in `buffer`.
    start: usize,
    /// Where the bytes read so far end in `buffer`.
    end: usize,
    at_end: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, buffer: Vec::new(), start: 0, end: 0, at_end: false }
    }

    /// Returns the bytes that come next, at most `len`, without passing over them.
    pub(super) fn peek(&mut self, len: usize) -> io::Result<&[u8]> {
        while self.pending().len() < len && !self.at_end {
            self.fill()?;
        }
        let pending = self.pending();
        Ok(pending.get(..len).unwrap_or(pending))
    }

    /// Passes over the next `len` bytes.
    pub(super) fn skip(&mut self, len: usize) {
        self.start = self.start.saturating_add(len).min(self.end);
    }

    /// Returns the next row without its line end, or `None` at the end of the file. A row of several lines must be
    /// `whole`; otherwise it is only the first of these lines.
    ///
    /// # Errors
    /// The reader's errors, and an error for a row of more than [`MAX_LEN`] bytes.
    pub(super) fn next(&mut self, whole: impl Fn(&[u8]) -> bool) -> io::Result<Option<&[u8]>> {
        let len = loop {
            let len = self.find_end()?;
            let pending = self.pending();
            if pending.is_empty() {
                return Ok(None);
            }
            let row = pending.get(..len).unwrap_or_default();
            // A blank line may be the LF of a CRLF.
            if !row.trim_ascii().is_empty() {
                let first_line = row.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                break first_line.filter(|_| !whole(row)).unwrap_or(len);
            }
            self.skip(len.saturating_add(1));
        };
        let start = self.start;
        self.skip(len.saturating_add(1));
        Ok(self.buffer.get(start..start.saturating_add(len)))
    }

    /// Finds the length of the row that comes next.
    fn find_end(&mut self) -> io::Result<usize> {
        let mut scan = Scan::default();
        loop {
            let pending = self.pending();
            for byte in pending.get(scan.len..).unwrap_or_default() {
                if let Some(end) = scan.take(*byte) {
                    return Ok(end);
                }
            }
            if self.at_end {
                return Ok(scan.end());
            }
            if self.pending().len() >= MAX_LEN {
                return scan.first_line_end.ok_or_else(|| {
                    io::Error::new(ErrorKind::InvalidData, "a row of the flow file is longer than 1 MiB")
                });
            }
            self.fill()?;
        }
    }

    fn pending(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads more bytes. There must be room for them: less than [`MAX_LEN`] bytes are pending.
    fn fill(&mut self) -> io::Result<()> {
        if self.end == self.buffer.len() && self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end.saturating_sub(self.start));
        } else if self.end == self.buffer.len() {
            let len = self.buffer.len().saturating_add(CHUNK).min(MAX_LEN);
            self.buffer.resize(len, 0);
        }
        loop {
            let read = self.inner.read(self.buffer.get_mut(self.end..).unwrap_or_default());
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(len) => {
                    self.at_end = len == 0;
                    self.end = self.end.saturating_add(len).min(self.buffer.len());
                    return Ok(());
                }
            }
        }
    }
}

/// Looks for the end of a row, byte by byte.
#[derive(Default)]
struct Scan {
    state: State,
    /// The number of bytes so far.
    len: usize,
    /// Where the first line ends, if a value in quotes continues on the next one.
    first_line_end: Option<usize>,
}

#[derive(Default)]
enum State {
    /// At the beginning of a value.
    #[default]
    Start,
    /// In a value without quotes.
    Plain,
    /// In a value in quotes.
    Quoted,
    /// Behind a quote that closes the value, unless it is doubled.
    Closed,
}

impl Scan {
    /// Returns the length of the row if this byte ends it.
    fn take(&mut self, byte: u8) -> Option<usize> {
        let at = self.len;
        self.len = self.len.saturating_add(1);
        match (&self.state, byte) {
            (State::Quoted, b'\r' | b'\n') => {
                self.first_line_end.get_or_insert(at);
            }
            (State::Quoted, b'"') => self.state = State::Closed,
            (State::Quoted, _) => {}
            (State::Closed | State::Start, b'"') => self.state = State::Quoted,
            (_, b'\r' | b'\n') => return Some(at),
            (_, b',') => self.state = State::Start,
            (State::Closed, _) => {
                // Text behind the closing quote, so it was none.
                self.state = State::Plain;
                return self.first_line_end;
            }
            (State::Start | State::Plain, _) => self.state = State::Plain,
        }
        None
    }

    /// The length of the row if the file ends here.
    fn end(&self) -> usize {
        match self.state {
            State::Quoted => self.first_line_end.unwrap_or(self.len),
            State::Start | State::Plain | State::Closed => self.len,
        }
    }
}
