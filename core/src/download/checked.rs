use std::fmt;
use std::io::{self, Read};

/// A file whose hash was checked, to be read from its beginning. It cannot be constructed in any other way.
pub struct CheckedFile<W> {
    content: W,
    len: u64,
    left: u64,
    rows: Option<i64>,
    verified: bool,
}

impl<W> CheckedFile<W> {
    pub(super) fn new(content: W, len: u64, rows: Option<i64>, verified: bool) -> Self {
        Self { content, len, left: len, rows, verified }
    }

    /// Returns the length of the file in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the number of rows that the response stated, if any.
    pub fn rows(&self) -> Option<i64> {
        self.rows
    }

    /// Whether the response with the hash was signed. If not, the origin of the file is not proven: an attacker who
    /// forged the response could include a matching hash.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// Returns the sink. After the first [`len`](Self::len) bytes it may contain older content.
    pub fn into_inner(self) -> W {
        self.content
    }
}

impl<W: Read> Read for CheckedFile<W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let max = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let len = self.content.read(buffer.get_mut(..max).unwrap_or_default())?;
        self.left = self.left.saturating_sub(len as u64);
        Ok(len)
    }
}

impl<W> fmt::Debug for CheckedFile<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedFile")
            .field("len", &self.len)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}
