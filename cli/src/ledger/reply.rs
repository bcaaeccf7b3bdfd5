use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// Makes both ends of a reply from one thread to a future. It needs no runtime.
pub(super) fn reply<T>() -> (Replier<T>, Reply<T>) {
    let shared = Arc::new(Mutex::new(Shared { value: None, waker: None, ended: false }));
    (Replier(Arc::clone(&shared)), Reply(shared))
}

struct Shared<T> {
    value: Option<T>,
    waker: Option<Waker>,
    ended: bool,
}

/// Sends the reply. If it is dropped before, the future gets `None`.
pub(super) struct Replier<T>(Arc<Mutex<Shared<T>>>);

impl<T> Replier<T> {
    pub(super) fn send(self, value: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).value = Some(value);
    }
}

impl<T> Drop for Replier<T> {
    fn drop(&mut self) {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shared.ended = true;
        let waker = shared.waker.take();
        drop(shared);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Waits for the reply.
pub(super) struct Reply<T>(Arc<Mutex<Shared<T>>>);

impl<T> Future for Reply<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.ended {
            return Poll::Ready(shared.value.take());
        }
        shared.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
