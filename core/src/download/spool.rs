use std::fmt;
use std::io::{self, Seek, SeekFrom, Write};

use http::HeaderMap;

use super::CheckedFile;
use crate::crypto::{Hasher, hex_lower};
use crate::error::{DownloadError, Encoding};

/// What a response states of its file.
pub(super) struct Expected {
    pub(super) hasher: Box<dyn Hasher>,
    pub(super) hash: String,
    pub(super) rows: Option<i64>,
    pub(super) verified: bool,
}

/// A file that is being received. [`finish`](Self::finish) checks its hash.
pub struct Spool<W> {
    sink: W,
    start: u64,
    len: u64,
    encoding: Option<Encoding>,
    expected: Expected,
}

impl<W: Write> Write for Spool<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.sink.write(bytes)?;
        self.expected.hasher.update(bytes.get(..len).unwrap_or_default());
        self.len = self.len.saturating_add(len as u64);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

impl<W> Spool<W> {
    /// Takes the headers of the response. If the file then does not have its hash, and the headers name a content
    /// encoding, the error names it too. Nothing is ever decoded: the hash is that of the bytes as received.
    #[must_use]
    pub fn with_headers(mut self, headers: &HeaderMap) -> Self {
        self.set_headers(headers);
        self
    }

    pub(super) fn set_headers(&mut self, headers: &HeaderMap) {
        self.encoding = Encoding::of(headers);
    }
}

impl<W: Write + Seek> Spool<W> {
    pub(super) fn new(mut sink: W, expected: Expected) -> io::Result<Self> {
        let start = sink.stream_position()?;
        Ok(Self { sink, start, len: 0, encoding: None, expected })
    }

    /// Checks the hash and returns the whole file. If the hash does not match, nothing of the file can be read.
    ///
    /// # Errors
    /// [`DownloadError::Hash`] when the hash does not match, [`DownloadError::Encoded`] when it does not match and the
    /// file was transferred with a content encoding, [`DownloadError::Io`] when the sink failed.
    pub fn finish(self) -> Result<CheckedFile<W>, DownloadError> {
        self.check().map_err(|(error, _)| error)
    }

    /// Like [`finish`](Self::finish). If the hash does not match, the error comes with the sink, for another file.
    pub(super) fn check(mut self) -> Result<CheckedFile<W>, (DownloadError, Option<W>)> {
        self.sink.flush().map_err(io_error)?;
        let Expected { hasher, hash, rows, verified } = self.expected;
        let actual = hex_lower(&hasher.finish());
        if actual != hash {
            let len = self.len;
            let error = match self.encoding {
                Some(encoding) => DownloadError::Encoded { encoding: encoding.as_str().to_owned(), len },
                None => DownloadError::Hash { expected: hash, actual, len },
            };
            self.sink.seek(SeekFrom::Start(self.start)).map_err(io_error)?;
            return Err((error, Some(self.sink)));
        }
        // A sink in append mode would return its previous content.
        if Some(self.sink.stream_position().map_err(io_error)?) != self.start.checked_add(self.len) {
            let reason = "the sink did not write at its current position; it may be in append mode";
            return Err(io_error(io::Error::other(reason)));
        }
        self.sink.seek(SeekFrom::Start(self.start)).map_err(io_error)?;
        Ok(CheckedFile::new(self.sink, self.len, rows, verified))
    }

    /// Returns the sink at the position at which the file began, for another file.
    pub(super) fn give_up(mut self) -> io::Result<W> {
        self.sink.seek(SeekFrom::Start(self.start))?;
        Ok(self.sink)
    }
}

/// The error of a sink that failed, and so cannot be used again.
fn io_error<W>(error: io::Error) -> (DownloadError, Option<W>) {
    (error.into(), None)
}

impl<W> fmt::Debug for Spool<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool").field("len", &self.len).finish_non_exhaustive()
    }
}
