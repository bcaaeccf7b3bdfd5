//! Downloads files that a response refers to, such as flow files. A file is not signed; the hash in the response
//! protects it.
//!
//! ```text
//! UseFlowResponse ─Client::download─▶ Download ─request─▶ http::Request ═ driver ═▶ bytes
//!                                        │                                           │ write
//!                                        └───────────────▶ Spool ◀───────────────────┘
//!                                                            │ finish: check the hash
//!                                                            ▼
//!                                                       CheckedFile ─▶ rows
//! ```
//!
//! The received bytes are hashed and written to a [`Spool`] over a sink of the caller's choice (memory or a file). They
//! can be read only as a [`CheckedFile`], so a file that was modified in transit is never processed. Memory use is one
//! buffer, whatever the size of the file.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};

use crate::answer::Answer;
use crate::client::Client;
use crate::crypto::{CryptoProvider, HashAlgorithm, Hasher, hex_lower};
use crate::error::{BuildError, DownloadError, Encoding, Error};
use crate::operation::BaseUrl;
use crate::request::{Prepared, Stamp};
use crate::response;
use crate::types::{FieldProblem, InvalidField, UnixSeconds};

/// A response that contains the URL and the hash of a file. The URL is valid for 30 seconds.
pub trait FileLink {
    /// 下载地址: the URL, which is used unchanged. Its query grants access to the file.
    fn url(&self) -> &str;

    /// 哈希类型: the name of the hash algorithm, such as `SHA1`.
    fn hash_type(&self) -> &str {
        "SHA1"
    }

    /// 哈希值: the hash in hexadecimal.
    fn hash_value(&self) -> &str;

    /// 记录数: the number of rows in the file, if the response states it.
    fn rows(&self) -> Option<i64> {
        None
    }
}

/// The documented path of files at the API hosts.
const FILE_PATH: &str = "/v3/billdownload/file";
/// The documented path of files at the host for bills.
const BILL_PATH: &str = "/mkt/storage/bill/download";

/// A prepared download. Its request is signed like any other, but its response is not signed.
pub struct Download {
    client: Client,
    prepared: Prepared,
    expected: Expected,
}

impl Client {
    /// Prepares the download of the file that a response refers to. `provider` computes the hash.
    ///
    /// The hash is only as trustworthy as the response that contains it. [`CheckedFile::is_verified`] returns whether
    /// that response was signed.
    ///
    /// # Errors
    /// [`DownloadError::Link`] unless the URL has the documented path of files at one of the platform's hosts, over
    /// https, or at this client's own base URL or backup, and the hash is a SHA-1 hash, the only documented kind.
    /// [`DownloadError::Crypto`] when the provider does not implement the hash.
    pub fn download(
        &self,
        provider: &CryptoProvider,
        answer: &Answer<impl FileLink>,
    ) -> Result<Download, DownloadError> {
        let link = &answer.value;
        let invalid = |field, rule: &'static str| InvalidField::new(field, FieldProblem::Rule(rule.into()));
        let (uri, target) = self.file_uri(link.url()).map_err(|rule| invalid("url", rule))?;
        if !link.hash_type().eq_ignore_ascii_case("SHA1") {
            return Err(invalid("hash_type", "must be SHA1, the only documented hash type").into());
        }
        let hash = link.hash_value().to_ascii_lowercase();
        if hash.len() != 40 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(invalid("hash_value", "must be a SHA-1 hash of 40 hexadecimal digits").into());
        }
        let hasher = provider.hashes.start(HashAlgorithm::Sha1).map_err(DownloadError::Crypto)?;
        Ok(Download {
            client: self.clone(),
            prepared: Prepared::download(uri, target),
            expected: Expected { hasher, hash, rows: link.rows(), verified: answer.is_verified() },
        })
    }

    /// Returns the URI of a file and its target. The error is a predicate.
    ///
    /// The request carries the merchant's signature, and the link may come unsigned from anyone. So it must name one of
    /// the platform's hosts, or one of this client's own, and there a documented path of files and nothing else: a
    /// signature for another path would give the merchant's data to whoever forged the link.
    fn file_uri(&self, url: &str) -> Result<(Uri, Bytes), &'static str> {
        // The parser accepts non-ASCII characters, but an HTTP client might encode them, so that the target would
        // differ from the signed one. It drops fragments.
        if !url.is_ascii() || url.contains('#') {
            return Err("must have no fragment and only ASCII characters");
        }
        let uri = url.parse::<Uri>().map_err(|_| "is not a valid URL")?;
        let origin = BaseUrl::of(&uri)?;
        let own = origin == *self.base_url() || self.backup().is_some_and(|backup| origin == *backup);
        let paths: &[&str] = if origin.is_platform() {
            &[FILE_PATH]
        } else if origin.is_bill_host() {
            &[BILL_PATH]
        } else if own {
            // A sandbox or a gateway stands for both hosts.
            &[FILE_PATH, BILL_PATH]
        } else {
            return Err("must be an https URL at a host of WeChat Pay, or at a host of this client");
        };
        // An exact comparison: it also excludes dot segments, encoded characters and a URL without a path.
        let target = uri.path_and_query().filter(|target| paths.contains(&target.path()));
        let target = target.ok_or("must have the documented path of files, such as /v3/billdownload/file")?;
        let target = Bytes::copy_from_slice(target.as_str().as_bytes());
        let uri = origin.with_target(target.clone()).map_err(|_| "is not a valid URL")?;
        Ok((uri, target))
    }
}

struct Expected {
    hasher: Box<dyn Hasher>,
    hash: String,
    rows: Option<i64>,
    verified: bool,
}

impl Download {
    /// Returns the signed request. Send it unchanged and without following redirects.
    ///
    /// # Errors
    /// [`BuildError`] when the hosts of the client do not belong together, or the key cannot sign.
    pub fn request(&self, stamp: Stamp) -> Result<Request<Bytes>, BuildError> {
        self.client.check_hosts()?;
        self.client.sign(&self.prepared, stamp)
    }

    /// Creates the spool that receives the body of a 200 response. Pass any other response to
    /// [`refused`](Self::refused). The content of `sink` from its current position on is overwritten.
    ///
    /// # Errors
    /// An [`io::Error`] when `sink` cannot report its position.
    pub fn spool<W: Write + Seek>(self, mut sink: W) -> io::Result<Spool<W>> {
        let start = sink.stream_position()?;
        Ok(Spool { sink, start, len: 0, encoding: None, expected: self.expected })
    }

    /// Returns the error in a response that contains no file, for example because the URL has expired.
    pub fn refused(&self, response: &Response<Bytes>, now: UnixSeconds) -> Error {
        response::error_of(response, self.client.platform(), now)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("hash", &self.expected.hash).finish_non_exhaustive()
    }
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
        self.encoding = Encoding::of(headers);
        self
    }
}

impl<W: Write + Seek> Spool<W> {
    /// Checks the hash and returns the whole file. If the hash does not match, nothing of the file can be read.
    ///
    /// # Errors
    /// [`DownloadError::Hash`] when the hash does not match, [`DownloadError::Encoded`] when it does not match and the
    /// file was transferred with a content encoding, [`DownloadError::Io`] when the sink failed.
    pub fn finish(mut self) -> Result<CheckedFile<W>, DownloadError> {
        self.sink.flush()?;
        let Expected { hasher, hash, rows, verified } = self.expected;
        let actual = hex_lower(&hasher.finish());
        if actual != hash {
            let len = self.len;
            return Err(match self.encoding {
                Some(encoding) => DownloadError::Encoded { encoding: encoding.as_str().to_owned(), len },
                None => DownloadError::Hash { expected: hash, actual, len },
            });
        }
        // A sink in append mode would return its previous content.
        if Some(self.sink.stream_position()?) != self.start.checked_add(self.len) {
            return Err(io::Error::other(
                "the sink did not write at its current position; it may be in append mode",
            )
            .into());
        }
        self.sink.seek(SeekFrom::Start(self.start))?;
        Ok(CheckedFile { content: self.sink, len: self.len, left: self.len, rows, verified })
    }
}

impl<W> fmt::Debug for Spool<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool").field("len", &self.len).finish_non_exhaustive()
    }
}

/// A file whose hash was checked, to be read from its beginning. It cannot be constructed in any other way.
pub struct CheckedFile<W> {
    content: W,
    len: u64,
    left: u64,
    rows: Option<i64>,
    verified: bool,
}

impl<W> CheckedFile<W> {
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
