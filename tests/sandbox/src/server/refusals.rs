//! Diagnoses of refused requests, beside the other requests: they take long, and a flood of them must hold up nothing.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use percent_encoding::percent_decode_str;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};
use wechatpay_core::types::UnixSeconds;

use crate::diagnosis::Diagnosis;
use crate::faults::Wire;
use crate::protocol::auth::Refused;
use crate::protocol::reply::Reply;
use crate::sandbox::{Begun, Sandbox};

/// Diagnoses at the same time. Each occupies a thread.
const AT_ONCE: usize = 1;
/// Requests that wait for their diagnosis, the current one included. They keep their bodies in memory.
const WAITING: usize = 16;
/// Time limit of a diagnosis with the wait for it.
const LIMIT: Duration = Duration::from_millis(300);
/// The control request that diagnoses too.
const DIAGNOSE: &str = "/_sandbox/diagnose";

/// The bounded worker that diagnoses.
pub(crate) struct Refusals {
    at_once: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Refusals {
    pub(crate) fn new() -> Self {
        Self { at_once: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::new(Semaphore::new(WAITING)) }
    }

    /// Handles a request. Only a refused one waits for its diagnosis.
    pub(crate) async fn respond(&self, sandbox: &Sandbox, request: Request<Bytes>, now: UnixSeconds) -> Wire {
        // As the routes see it: a path may be percent-encoded.
        if percent_decode_str(request.uri().path()).eq(DIAGNOSE.bytes()) {
            return self.described(sandbox.clone(), request, now).await;
        }
        match sandbox.begin(request, now, true) {
            Begun::Ready(wire) => wire,
            Begun::Refused { refused, reply, ending } => {
                let refused = Arc::new(*refused);
                let diagnosis = match self.diagnose(sandbox.clone(), Arc::clone(&refused)).await {
                    Some(diagnosis) => diagnosis,
                    // Only what needs no search.
                    None => sandbox.diagnose(&refused, &mut || false),
                };
                sandbox.refuse(&refused, *reply, *ending, diagnosis)
            }
        }
    }

    /// Returns `None` if there is no time left, or if too many requests wait.
    async fn diagnose(&self, sandbox: Sandbox, refused: Arc<Refused>) -> Option<Diagnosis> {
        let deadline = Instant::now().checked_add(LIMIT)?;
        let waiting = Arc::clone(&self.waiting).try_acquire_owned().ok()?;
        let turn = timeout_at(deadline, Arc::clone(&self.at_once).acquire_owned()).await.ok()?.ok()?;
        let diagnosis = spawn_blocking(move || {
            let diagnosis = sandbox.diagnose(&refused, &mut || Instant::now() < deadline);
            drop((turn, waiting));
            diagnosis
        });
        diagnosis.await.ok()
    }

    /// `POST /_sandbox/diagnose`, which waits for its turn without a time limit.
    async fn described(&self, sandbox: Sandbox, request: Request<Bytes>, now: UnixSeconds) -> Wire {
        let busy = || {
            let message = "Too many requests are being diagnosed. Try again in a second.";
            Wire::from(
                Reply::error(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message).into_response(),
            )
        };
        let Ok(waiting) = Arc::clone(&self.waiting).try_acquire_owned() else { return busy() };
        let Ok(turn) = Arc::clone(&self.at_once).acquire_owned().await else { return busy() };
        let wire = spawn_blocking(move || {
            let wire = sandbox.respond(request, now);
            drop((turn, waiting));
            wire
        });
        wire.await.unwrap_or_else(|_| busy())
    }
}
