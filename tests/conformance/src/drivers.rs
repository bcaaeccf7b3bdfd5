//! Every driver behind one trait, so that what is true of one is tried with all.

use std::io::{Read, Seek, Write};
use std::time::Duration;

use wechatpay_core::download::{CheckedFile, FileLink};
use wechatpay_core::{Answer, Client, Error, Operation, Paged};

/// What every driver can do. One that is asynchronous waits here.
pub trait Driver {
    /// A driver with its own connections.
    fn new(core: Client) -> Self;

    /// Reads answers of at most so many bytes.
    #[must_use]
    fn with_response_cap(self, bytes: u64) -> Self;

    /// Downloads files of at most so many bytes.
    #[must_use]
    fn with_download_cap(self, bytes: u64) -> Self;

    /// Sends an operation and waits for its answer.
    ///
    /// # Errors
    /// The driver's.
    fn send<O: Operation>(&self, operation: &O) -> Result<Answer<O::Response>, Error>;

    /// All entries of a list.
    ///
    /// # Errors
    /// The driver's.
    fn list<O: Paged>(&self, first: O) -> Result<Vec<O::Item>, Error>;

    /// Downloads the file that `operation` leads to.
    ///
    /// # Errors
    /// The driver's.
    fn download<O, W>(&self, operation: &O, sink: W) -> Result<CheckedFile<W>, Error>
    where
        O: Operation<Response: FileLink>,
        W: Read + Write + Seek + Send + 'static;
}

impl Driver for wechatpay_ureq::Client {
    fn new(core: Client) -> Self {
        Self::new(core)
    }

    fn with_response_cap(self, bytes: u64) -> Self {
        self.with_response_cap(bytes)
    }

    fn with_download_cap(self, bytes: u64) -> Self {
        self.with_download_limits(bytes, Duration::from_secs(30))
    }

    fn send<O: Operation>(&self, operation: &O) -> Result<Answer<O::Response>, Error> {
        self.send(operation)
    }

    fn list<O: Paged>(&self, first: O) -> Result<Vec<O::Item>, Error> {
        self.list(first).collect()
    }

    fn download<O, W>(&self, operation: &O, sink: W) -> Result<CheckedFile<W>, Error>
    where
        O: Operation<Response: FileLink>,
        W: Read + Write + Seek + Send + 'static,
    {
        self.download(operation, sink)
    }
}

/// Makes tests of functions that are generic over a [`Driver`]: each once for every driver there is.
#[macro_export]
macro_rules! with_every_driver {
    ($($test:ident),+ $(,)?) => {
        mod ureq {
            $(#[test]
            fn $test() {
                super::$test::<wechatpay_ureq::Client>();
            })+
        }
    };
}
