use std::fmt;
use std::io::{self, Seek, Write};

use bytes::Bytes;
use http::{Request, Response, Uri};

use super::Spool;
use super::spool::Expected;
use crate::answer::Answer;
use crate::client::Client;
use crate::crypto::{CryptoProvider, HashAlgorithm};
use crate::error::{BuildError, DownloadError, Error};
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
    /// The hash is only as trustworthy as the response that contains it. [`CheckedFile::is_verified`](super::CheckedFile::is_verified) returns whether
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
    pub fn spool<W: Write + Seek>(self, sink: W) -> io::Result<Spool<W>> {
        Spool::new(sink, self.expected)
    }

    /// Returns where the file is.
    pub(super) fn uri(&self) -> &Uri {
        self.prepared.uri()
    }

    /// Returns the error in a response that contains no file, for example because the URL has expired.
    pub fn refused(&self, response: &Response<Bytes>, now: UnixSeconds) -> Error {
        refused(&self.client, response, now)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("hash", &self.expected.hash).finish_non_exhaustive()
    }
}

/// Returns the error in a response that contains no file.
pub(super) fn refused(client: &Client, response: &Response<Bytes>, now: UnixSeconds) -> Error {
    response::error_of(response, client.platform(), now)
}

/// Returns the documented path of files that this URI has.
pub(super) fn path_of(uri: Option<&Uri>) -> &'static str {
    if uri.is_some_and(|uri| uri.path() == BILL_PATH) { BILL_PATH } else { FILE_PATH }
}
