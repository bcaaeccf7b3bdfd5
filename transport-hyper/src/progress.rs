//! How far a connection got with its request.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::stream::Stream;

/// How far a connection got with its request. It is shared by the request and the task that reads and writes, and both
/// change it atomically: a request that is given up before its first byte is never written later.
pub(crate) struct Progress(Mutex<State>);

#[derive(Clone, Copy)]
struct State {
    stage: Stage,
    /// Whether a byte was read since the request was given to the connection.
    answered: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// There is no request, since then.
    Idle(Instant),
    /// There is a request, and no byte of it was written.
    Taken,
    /// Some bytes of the request may have been written.
    Writing,
    /// The whole request was written.
    Written,
    /// Nothing more is written.
    Closed,
}

impl Progress {
    /// A new connection, which has a request.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { stage: Stage::Taken, answered: false })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an idle connection for a request. Returns since when it was idle.
    pub(crate) fn take(&self) -> Option<Instant> {
        let mut state = self.state();
        let Stage::Idle(since) = state.stage else { return None };
        *state = State { stage: Stage::Taken, answered: false };
        Some(since)
    }

    /// Makes the connection idle after its response was read. Returns whether it can have another request: a server may
    /// also respond before it has read the whole request.
    pub(crate) fn release(&self) -> bool {
        let mut state = self.state();
        let written = state.stage == Stage::Written;
        state.stage = if written { Stage::Idle(Instant::now()) } else { Stage::Closed };
        written
    }

    /// Whether the whole request was written.
    pub(crate) fn is_written(&self) -> bool {
        self.state().stage == Stage::Written
    }

    /// Whether nothing more is written.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().stage == Stage::Closed
    }

    /// Ends the request. From now on no byte of it is written. Returns how far it got, and whether a byte of the response
    /// was read.
    pub(crate) fn give_up(&self) -> (Stage, bool) {
        let mut state = self.state();
        let reached = (state.stage, state.answered);
        state.stage = Stage::Closed;
        reached
    }

    /// Closes the connection if it is idle since this instant or before. Otherwise returns since when it is idle, or
    /// `now` if it is not.
    pub(crate) fn close_if_idle(&self, since: Instant, now: Instant) -> Result<(), Instant> {
        let mut state = self.state();
        match state.stage {
            Stage::Idle(began) if began > since => Err(began),
            Stage::Idle(_) | Stage::Closed => {
                state.stage = Stage::Closed;
                Ok(())
            }
            Stage::Taken | Stage::Writing | Stage::Written => Err(now),
        }
    }

    /// Records that bytes will be written, if they may.
    fn write(&self) -> io::Result<()> {
        let mut state = self.state();
        match state.stage {
            Stage::Taken | Stage::Writing | Stage::Written => {
                state.stage = Stage::Writing;
                Ok(())
            }
            Stage::Idle(_) | Stage::Closed => Err(io::Error::other("the request was given up")),
        }
    }

    /// Records that all bytes so far were written.
    fn flushed(&self) {
        let mut state = self.state();
        if state.stage == Stage::Writing {
            state.stage = Stage::Written;
        }
    }
}

/// A connection that records its progress.
pub(crate) struct Watched {
    stream: Box<dyn Stream>,
    progress: Arc<Progress>,
}

impl Watched {
    pub(crate) fn new(stream: Box<dyn Stream>, progress: Arc<Progress>) -> Self {
        Self { stream, progress }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.progress.state().answered = true;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.progress.write()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.progress.write()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.progress.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn stage(progress: &Progress) -> Stage {
        progress.state().stage
    }

    #[test]
    fn a_request_that_was_given_up_is_not_written_later() {
        let progress = Progress::new();
        assert!(progress.give_up() == (Stage::Taken, false));
        assert!(progress.write().is_err() && progress.is_closed());
        progress.flushed();
        assert!(progress.is_closed());
    }

    #[test]
    fn each_step_is_recorded() {
        let progress = Progress::new();
        progress.flushed();
        assert!(stage(&progress) == Stage::Taken, "nothing was written that could have been flushed");
        progress.write().unwrap();
        assert!(stage(&progress) == Stage::Writing && !progress.is_written());
        progress.flushed();
        assert!(progress.is_written());
        // The next part of the request.
        progress.write().unwrap();
        assert!(stage(&progress) == Stage::Writing);
        progress.flushed();
        progress.state().answered = true;
        assert!(progress.give_up() == (Stage::Written, true));
    }

    #[test]
    fn only_a_connection_without_a_request_is_idle() {
        let progress = Progress::new();
        assert!(progress.take().is_none());
        let now = Instant::now();
        assert!(progress.close_if_idle(now, now) == Err(now));
        progress.write().unwrap();
        progress.flushed();
        progress.state().answered = true;
        assert!(progress.release());
        assert!(progress.write().is_err(), "there is no request to write");
        let Stage::Idle(since) = stage(&progress) else { panic!() };
        assert!(
            progress.close_if_idle(since.checked_sub(Duration::from_nanos(1)).unwrap(), now) == Err(since)
        );
        assert!(progress.take() == Some(since));
        // The bytes of the last response are not those of the next one.
        assert!(progress.give_up() == (Stage::Taken, false));
    }

    #[test]
    fn a_connection_is_not_used_again_if_its_request_was_not_written_to_the_end() {
        let progress = Progress::new();
        progress.write().unwrap();
        assert!(!progress.release() && progress.is_closed());
    }

    #[test]
    fn an_idle_connection_is_closed_once() {
        let progress = Progress::new();
        progress.write().unwrap();
        progress.flushed();
        assert!(progress.release());
        let now = Instant::now();
        assert!(progress.close_if_idle(now, now) == Ok(()));
        assert!(progress.is_closed() && progress.take().is_none());
    }
}
