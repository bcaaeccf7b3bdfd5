//! How far the request of this thread got. ureq runs a request from its first step to the head of its response on the
//! thread that sends it, so the parts of this driver that ureq calls leave their marks here.

use std::cell::Cell;

use crate::clock::Deadline;

/// The part of the request that was begun last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not known, because nothing of this driver was called: the agent was created without [`agent`](crate::agent), or
    /// ureq failed before its first step.
    Unknown,
    /// A connection is looked for in the pool, or made.
    Connecting,
    /// There is a connection, and nothing was written yet.
    Connected,
    /// The request is written.
    Writing,
    /// The request was written, and the response is awaited.
    Reading,
}

/// How far a request got.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) stage: Stage,
    /// Whether the connection had served an earlier request.
    pub(crate) reused: bool,
    /// Whether a byte of the request may have left.
    pub(crate) wrote: bool,
    /// Whether a byte of the response arrived.
    pub(crate) read: bool,
    /// When the time to connect is over, while connecting.
    connect_until: Option<Deadline>,
}

const NOTHING: Progress =
    Progress { stage: Stage::Unknown, reused: false, wrote: false, read: false, connect_until: None };

thread_local! {
    static PROGRESS: Cell<Progress> = const { Cell::new(NOTHING) };
}

/// Runs a request, and returns how far it got.
pub(crate) fn of<T>(run: impl FnOnce() -> T) -> (T, Progress) {
    /// Also restores the marks of an outer request if `run` panics.
    struct Outer(Progress);
    impl Drop for Outer {
        fn drop(&mut self) {
            PROGRESS.set(self.0);
        }
    }
    let _outer = Outer(PROGRESS.replace(NOTHING));
    let result = run();
    (result, PROGRESS.get())
}

/// A connection is looked for in the pool. Nothing was written before.
pub(crate) fn begun() {
    PROGRESS.set(Progress { stage: Stage::Connecting, ..NOTHING });
}

/// A connection is made until this deadline.
pub(crate) fn connecting(until: Deadline) {
    PROGRESS.set(Progress { stage: Stage::Connecting, connect_until: Some(until), ..NOTHING });
}

/// There is a connection. What was written and read to make it does not count.
pub(crate) fn connected() {
    PROGRESS.set(Progress { stage: Stage::Connected, ..NOTHING });
}

/// The request is being written on a connection which may have served another one.
pub(crate) fn writing(reused: bool) {
    PROGRESS.set(Progress { stage: Stage::Writing, reused, ..PROGRESS.get() });
}

/// Something was written.
pub(crate) fn wrote() {
    PROGRESS.set(Progress { wrote: true, ..PROGRESS.get() });
}

/// The response is awaited.
pub(crate) fn reading() {
    PROGRESS.set(Progress { stage: Stage::Reading, ..PROGRESS.get() });
}

/// Something of the response was read.
pub(crate) fn read() {
    PROGRESS.set(Progress { read: true, ..PROGRESS.get() });
}

/// The deadline for connecting, while a connection is made.
pub(crate) fn connect_until() -> Option<Deadline> {
    PROGRESS.get().connect_until
}
