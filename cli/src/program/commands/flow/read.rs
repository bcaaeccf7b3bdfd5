//! Reading a flow file: its hash, and what its rows add up to.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _};

use wechatpay_cli::ledger::FlowKind;
use wechatpay_hyper::core::cashcoupons::{FlowError, FlowRows};
use wechatpay_hyper::core::crypto::{HashAlgorithm, aws_lc_rs};
use wechatpay_hyper::core::types::Fen;

use crate::program::failure::Failure;
use crate::program::texts::{flow_error, text};

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

/// What the rows of a file add up to.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) rows: u64,
    pub(super) unread: u64,
    pub(super) stated_rows: Option<i64>,
    pub(super) total: Fen,
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

    /// Adds the rows up.
    ///
    /// # Errors
    /// A [`Failure`] if it is no flow file, or is truncated.
    pub(super) fn sums(&self, kind: FlowKind) -> Result<Sums, Failure> {
        let mut sums = Sums::default();
        for row in self.rows()? {
            match row {
                Ok(row) => sums.add(kind.amount(&row), kind.problem(&row).is_some()),
                Err(FlowError::Row(unread)) => sums.add(kind.amount_of_unread(&unread), true),
                Err(FlowError::Count { expected, .. }) => sums.stated_rows = Some(expected),
                Err(error) => return Err(Failure::usage(flow_error(&error))),
            }
        }
        Ok(sums)
    }
}

impl Sums {
    fn add(&mut self, amount: Option<Fen>, is_unread: bool) {
        self.rows = self.rows.saturating_add(1);
        self.unread = self.unread.saturating_add(is_unread.into());
        self.total = self.total.checked_add(amount.unwrap_or_default()).unwrap_or(self.total);
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
