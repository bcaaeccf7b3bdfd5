use std::fmt;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::transport::time::Duration as UreqDuration;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, LazyBuffers, NextTimeout, Transport};

use crate::clock::Deadline;
use crate::progress;

/// A TCP connection. Unlike ureq's own, it keeps the deadline even if the peer takes a few bytes now and then, and it
/// records whether anything was written.
pub(super) struct Socket {
    stream: Arc<TcpStream>,
    buffers: LazyBuffers,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, details: &ConnectionDetails<'_>) -> Result<Self, Error> {
        let config: &Config = details.config;
        if config.no_delay() {
            stream.set_nodelay(true)?;
        }
        // ureq panics if a buffer has no size.
        let (input, output) = (config.input_buffer_size().max(1), config.output_buffer_size().max(1));
        let stream = Arc::new(stream);
        let handle = Arc::downgrade(&stream);
        (details.register_shutdown)(handle)?;
        Ok(Self { stream, buffers: LazyBuffers::new(input, output), read_timeout: None, write_timeout: None })
    }

    /// Writes all bytes.
    pub(super) fn write(&mut self, bytes: &[u8], timeout: NextTimeout) -> Result<(), Error> {
        write(&self.stream, &mut self.write_timeout, bytes, timeout)
    }
}

fn write(
    mut stream: &TcpStream,
    current: &mut Option<Duration>,
    mut bytes: &[u8],
    timeout: NextTimeout,
) -> Result<(), Error> {
    let time = Time::of(timeout.for_write());
    while !bytes.is_empty() {
        set_timeout(current, time.left()?, |timeout| stream.set_write_timeout(timeout))?;
        match stream.write(bytes) {
            Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero).into()),
            Ok(written) => {
                progress::wrote();
                bytes = bytes.get(written..).unwrap_or_default();
            }
            Err(error) if is_early(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        write(&self.stream, &mut self.write_timeout, output, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let time = Time::of(timeout.for_read());
        let mut stream = &*self.stream;
        loop {
            let left = time.left()?;
            set_timeout(&mut self.read_timeout, left, |timeout| stream.set_read_timeout(timeout))?;
            match stream.read(self.buffers.input_append_buf()) {
                Ok(amount) => {
                    self.buffers.input_appended(amount);
                    return Ok(amount > 0);
                }
                Err(error) if is_early(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether the peer has neither closed the connection nor sent anything that was not asked for.
    fn is_open(&mut self) -> bool {
        fn would_block(mut stream: &TcpStream) -> io::Result<bool> {
            stream.set_nonblocking(true)?;
            let read = stream.read(&mut [0]);
            stream.set_nonblocking(false)?;
            Ok(read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock))
        }
        would_block(&self.stream).unwrap_or(false)
    }
}

/// Omits the buffers, which contain requests and responses.
impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

/// How long a read or write may take.
struct Time {
    deadline: Option<Deadline>,
    timeout: NextTimeout,
}

impl Time {
    fn of(timeout: NextTimeout) -> Self {
        let deadline = match timeout.after {
            UreqDuration::Exact(after) => Some(Deadline::after(after)),
            UreqDuration::NotHappening => None,
        };
        Self { deadline, timeout }
    }

    /// Returns the time that is left. While a connection is made, the connect timeout counts as well: ureq passes the
    /// same timeout again for each piece of a proxy's response.
    fn left(&self) -> Result<Option<Duration>, Error> {
        let over = || Error::Timeout(self.timeout.reason);
        let left = self.deadline.map(|deadline| deadline.left().ok_or_else(over)).transpose()?;
        let connect = progress::connect_until();
        let connect = connect.map(|deadline| deadline.left().ok_or_else(over)).transpose()?;
        Ok(match (left, connect) {
            (Some(left), Some(connect)) => Some(left.min(connect)),
            (left, connect) => left.or(connect),
        })
    }
}

/// Sets the timeout of a socket, unless the current one is good enough. It may be shorter than what is left: when it
/// expires, the rest is waited for. So most requests on an open connection need no system call for this.
fn set_timeout(
    current: &mut Option<Duration>,
    left: Option<Duration>,
    set: impl FnOnce(Option<Duration>) -> io::Result<()>,
) -> io::Result<()> {
    let wanted = match (left, *current) {
        (Some(left), Some(current)) if current <= left && current.saturating_mul(2) >= left => return Ok(()),
        (None, None) => return Ok(()),
        // A little less, so that it is good enough for the next request, too.
        (Some(left), _) if left > Duration::from_secs(1) => {
            left.checked_div(8).map(|part| left.saturating_sub(part))
        }
        (left, _) => left,
    };
    match set(wanted) {
        Ok(()) => *current = wanted,
        // macOS refuses this after the peer has closed the connection. What it sent can still be read.
        Err(error) if cfg!(target_os = "macos") && error.kind() == ErrorKind::InvalidInput => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Whether to try again, if time is left: the socket's timeout was over, or a signal arrived.
fn is_early(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
