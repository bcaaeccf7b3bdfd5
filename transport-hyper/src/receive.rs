//! Waits until a callback is read.

use std::future::pending;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;
use wechatpay_core::drive_async;
use wechatpay_core::notification::{Event, Notification, NotificationError, Receiving};

use crate::call::Call;

type Read<E> = Result<Notification<E>, NotificationError>;

/// Fetches certificates for a callback if it needs them.
///
/// Web servers drop the future of a handler when the client closes the connection. If that cancelled the fetch, whoever
/// can post to the callback URL could cancel each fetch with a callback of his own, and no new certificate would ever
/// arrive. So a task fetches.
pub(crate) async fn receive<E: Event + Send + 'static>(mut call: Call, receiving: Receiving<E>) -> Read<E> {
    if !receiving.is_waiting() {
        return drive_async(receiving, &mut call).await;
    }
    let fetches = call.sends();
    let task = tokio::spawn(async move { drive_async(receiving, &mut call).await });
    let mut waiting = Waiting { task, fetches };
    match (&mut waiting.task).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is shutting down, so nothing continues here.
            Err(_) => pending().await,
        },
    }
}

struct Waiting<E> {
    task: JoinHandle<Read<E>>,
    fetches: Arc<AtomicBool>,
}

impl<E> Drop for Waiting<E> {
    /// Cancels the task if it only waits for another one's fetch, so that such tasks do not accumulate.
    fn drop(&mut self) {
        if !self.fetches.load(Ordering::Relaxed) {
            self.task.abort();
        }
    }
}
