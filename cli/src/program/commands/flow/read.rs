//! Reading a flow file: its hash and its rows.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _};

use wechatpay_hyper::core::cashcoupons::FlowRows;
use wechatpay_hyper::core::crypto::{HashAlgorithm, aws_lc_rs};

use crate::program::failure::Failure;
use crate::program::texts::text;

/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

/// A file that can be read several times.
pub(super) struct Source {
    file: File,
    /// The number of rows that the response stated.
    expected: Option<i64>,
    pub(super) sha1: String,
    pub(super) bytes: u64,
}

impl Source {
    /// # Errors
    /// A [`Failure`] if the file cannot be read.
    pub(super) fn new(mut file: File, expected: Option<i64>) -> Result<Self, Failure> {
        let (sha1, bytes) = hash(&mut file).map_err(|error| unreadable(&error))?;
        Ok(Self { file, expected, sha1, bytes })
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The rows, from the first one.
    ///
    /// # Errors
    /// A [`Failure`] if the file cannot be read.
    pub(super) fn rows(&self) -> Result<FlowRows<BufReader<&File>>, Failure> {
        let mut file = &self.file;
        file.rewind().map_err(|error| unreadable(&error))?;
        Ok(FlowRows::new(BufReader::new(file), self.expected))
    }
}

fn hash(file: &mut File) -> io::Result<(String, u64)> {
    let mut hasher = aws_lc_rs::PROVIDER.hashes.start(HashAlgorithm::Sha1).map_err(io::Error::other)?;
    let mut buffer = vec![0; CHUNK];
    let mut bytes: u64 = 0;
    file.rewind()?;
    loop {
        let read = file.read(&mut buffer)?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else { break };
        hasher.update(chunk);
        bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
    let hash = hasher.finish();
    Ok((hash.iter().map(|byte| format!("{byte:02x}")).collect(), bytes))
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::failed(text!("the flow file cannot be read")).because(error)
}
