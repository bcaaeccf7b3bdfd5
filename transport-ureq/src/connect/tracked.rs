use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use crate::progress;

/// A connection that records how far each request gets.
#[derive(Debug)]
pub(super) struct Tracked {
    inner: Box<dyn Transport>,
    /// Whether the socket records what is written. Otherwise anything may have been written as soon as it was tried.
    exact: bool,
    /// Whether it has been in the pool.
    kept: bool,
}

impl Tracked {
    pub(super) fn new(inner: Box<dyn Transport>, exact: bool) -> Self {
        Self { inner, exact, kept: false }
    }
}

impl Transport for Tracked {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        progress::writing(self.kept);
        if !self.exact {
            progress::wrote();
        }
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        progress::reading();
        let more = self.inner.await_input(timeout)?;
        if more {
            progress::read();
        }
        Ok(more)
    }

    /// The pool calls this before it keeps a connection, and before it gives it to the next request.
    fn is_open(&mut self) -> bool {
        self.kept = true;
        let open = self.inner.is_open();
        if open {
            progress::connected();
        }
        open
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
