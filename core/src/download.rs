//! Files behind an answer, such as flow files: not signed themselves, protected by the hash in the answer.
//!
//! ```text
//! UseFlowResponse ─Client::download─▶ Download ─request─▶ http::Request ═ driver ═▶ bytes
//!                                        │                                           │ write
//!                                        └───────────────▶ Spool ◀───────────────────┘
//!                                                            │ finish: hash right?
//!                                                            ▼
//!                                                       CheckedFile ─▶ rows
//! ```
//!
//! Bytes go into a [`Spool`] of the caller's choice (memory, a file) while they are hashed, and come out of it only
//! as a [`CheckedFile`], so nothing is acted on that may have been changed on the way. A file of any size takes the
//! memory of one buffer.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use http::{Request, Response, Uri};

use crate::client::Client;
use crate::crypto::{CryptoProvider, HashAlgorithm, Hasher, hex_lower};
use crate::error::{BuildError, DownloadError, Error};
use crate::request::{Prepared, Stamp};
use crate::response::{self, Answer};
use crate::types::{FieldProblem, InvalidField, UnixSeconds};

/// An answer that says where a file is and what it must hash to. The address lives 30 seconds.
pub trait FileLink {
    /// 下载地址: the address, used as it is. Its query admits whoever has it.
    fn url(&self) -> &str;

    /// 哈希类型: the name of the hash, such as `SHA1`.
    fn hash_type(&self) -> &str {
        "SHA1"
    }

    /// 哈希值: the hash in hexadecimal.
    fn hash_value(&self) -> &str;

    /// 记录数: how many rows the file has, where the answer says so.
    fn rows(&self) -> Option<i64> {
        None
    }
}

/// Hosts that files are downloaded from, besides the client's own: those that the documentation shows.
const HOSTS: [&str; 3] = ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com", "download-service.wechatpay.cn"];

/// A download that may be sent. It is signed like any request, though nothing signs what comes back.
pub struct Download {
    client: Client,
    prepared: Prepared,
    expected: Expected,
}

impl Client {
    /// Prepares the download of the file behind an answer. `provider` does the hashing.
    ///
    /// The hash is worth as much as the answer it stands in: [`CheckedFile::is_verified`] says whether that was signed.
    ///
    /// # Errors
    /// [`DownloadError::Link`] when the address is not https at one of the platform's hosts or this client's own, or
    /// the hash is of a kind nobody documents.
    pub fn download(
        &self,
        provider: &CryptoProvider,
        answer: &Answer<impl FileLink>,
    ) -> Result<Download, DownloadError> {
        let link = &answer.value;
        let invalid = |field, rule: &'static str| InvalidField::new(field, FieldProblem::Rule(rule.into()));
        // The parser takes more than ASCII, which a client on the way might encode: not what was signed.
        let uri = link.url().is_ascii().then(|| link.url().parse::<Uri>().ok()).flatten();
        let uri = uri.ok_or_else(|| invalid("url", "is not a URL"))?;
        let (Some(scheme), Some(authority), Some(target)) =
            (uri.scheme_str(), uri.authority(), uri.path_and_query())
        else {
            return Err(invalid("url", "is not an absolute URL").into());
        };
        // The request carries the merchant's signature, which is for the platform alone.
        let platform = scheme == "https" && HOSTS.contains(&authority.as_str());
        if !platform && !self.base_url().is_origin(scheme, authority) {
            return Err(invalid("url", "is not https at a host of WeChat Pay or this client's own").into());
        }
        if !link.hash_type().eq_ignore_ascii_case("SHA1") {
            return Err(invalid("hash_type", "is not SHA1, the only one that is documented").into());
        }
        let hash = link.hash_value().to_ascii_lowercase();
        if hash.len() != 40 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(invalid("hash_value", "is not a SHA-1 hash of 40 hexadecimal digits").into());
        }
        let hasher = provider.hashes.start(HashAlgorithm::Sha1).map_err(DownloadError::Crypto)?;
        let target = Bytes::copy_from_slice(target.as_str().as_bytes());
        Ok(Download {
            client: self.clone(),
            prepared: Prepared::download(uri, target),
            expected: Expected { hasher, hash, rows: link.rows(), verified: answer.is_verified() },
        })
    }
}

struct Expected {
    hasher: Box<dyn Hasher>,
    hash: String,
    rows: Option<i64>,
    verified: bool,
}

impl Download {
    /// The signed request. Send it as it is, without following redirects.
    ///
    /// # Errors
    /// [`BuildError`] when the key cannot sign.
    pub fn request(&self, stamp: Stamp) -> Result<Request<Bytes>, BuildError> {
        self.client.sign(&self.prepared, stamp)
    }

    /// Where a 200's body goes; anything else is [`refused`](Self::refused). What `sink` holds from where it stands is
    /// overwritten.
    ///
    /// # Errors
    /// When `sink` does not know where it stands.
    pub fn spool<W: Write + Seek>(self, mut sink: W) -> io::Result<Spool<W>> {
        let start = sink.stream_position()?;
        Ok(Spool { sink, start, len: 0, expected: self.expected })
    }

    /// Reads an answer that is no file: the address has expired, say.
    pub fn refused(&self, response: &Response<Bytes>, now: UnixSeconds) -> Error {
        response::refusal(response, self.client.platform(), now)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("hash", &self.expected.hash).finish_non_exhaustive()
    }
}

/// A file on its way. [`finish`](Self::finish) says whether it came as it was sent.
pub struct Spool<W> {
    sink: W,
    start: u64,
    len: u64,
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

impl<W: Write + Seek> Spool<W> {
    /// The whole of it, unless it is not what the answer promised; then nothing of it is to be had.
    ///
    /// # Errors
    /// [`DownloadError::Hash`] when it is not, [`DownloadError::Io`] when the spool failed.
    pub fn finish(mut self) -> Result<CheckedFile<W>, DownloadError> {
        self.sink.flush()?;
        let Expected { hasher, hash, rows, verified } = self.expected;
        let actual = hex_lower(&hasher.finish());
        if actual != hash {
            return Err(DownloadError::Hash { expected: hash, actual, len: self.len });
        }
        // A sink that appends would give out what it held before.
        if Some(self.sink.stream_position()?) != self.start.checked_add(self.len) {
            return Err(io::Error::other("the sink does not write where it stands").into());
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

/// A file whose hash was checked, to be read from its beginning. It cannot be made in any other way.
pub struct CheckedFile<W> {
    content: W,
    len: u64,
    left: u64,
    rows: Option<i64>,
    verified: bool,
}

impl<W> CheckedFile<W> {
    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many rows the answer said it has, where it said so.
    pub fn rows(&self) -> Option<i64> {
        self.rows
    }

    /// Whether the answer with the hash was signed. If not, who wrote the file is not proven: whoever answered in
    /// WeChat Pay's place could give a hash that fits.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// What it was spooled into. Behind [`len`](Self::len) bytes there may be what was there before.
    pub fn into_inner(self) -> W {
        self.content
    }
}

impl<W: Read> Read for CheckedFile<W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let len = self.content.read(buffer.get_mut(..most).unwrap_or_default())?;
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
