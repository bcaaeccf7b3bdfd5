//! Performs the IO of one exchange, or of one callback.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use wechatpay_core::bytes::Bytes;
use wechatpay_core::crypto::{CryptoError, SecureRandom};
use wechatpay_core::download::AsyncFileIo;
use wechatpay_core::error::TransportError;
use wechatpay_core::http::{Request, Response};
use wechatpay_core::types::{UnixMillis, UnixSeconds};
use wechatpay_core::{AsyncIo, ConnectionChoice, Stamp};

use crate::limit::Limit;
use crate::transport::{Body, Transport, Turn};

pub(crate) struct Call {
    transport: Transport,
    random: &'static dyn SecureRandom,
    caps: Caps,
    began: Instant,
    sends: Option<Arc<AtomicBool>>,
    turn: Option<Turn>,
}

/// The maximum sizes of bodies, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Caps {
    pub(crate) response: u64,
    pub(crate) file: u64,
}

impl Call {
    pub(crate) fn new(transport: Transport, random: &'static dyn SecureRandom, caps: Caps) -> Self {
        Self { transport, random, caps, began: Instant::now(), sends: None, turn: None }
    }

    /// Returns a flag that is set as soon as a request is to be sent.
    pub(crate) fn sends(&mut self) -> Arc<AtomicBool> {
        Arc::clone(self.sends.get_or_insert_default())
    }
}

impl AsyncFileIo for Call {
    type Body = Body;

    async fn open(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        idle: Duration,
        connection: ConnectionChoice,
    ) -> Result<Response<Body>, TransportError> {
        let limit = Limit::after(timeout, "download's timeout");
        let turn = self.turn.take();
        self.transport.send(request, limit, idle, turn, connection).await
    }

    async fn piece(&mut self, body: &mut Body) -> Result<Option<Bytes>, TransportError> {
        body.piece(self.caps.file).await
    }

    async fn whole(&mut self, body: Body) -> Result<Bytes, TransportError> {
        body.whole(self.caps.response).await
    }
}

impl AsyncIo for Call {
    async fn turn(&mut self, timeout: Duration) -> bool {
        if self.turn.is_none() {
            self.turn = self.transport.turn(Limit::after(timeout, "call's timeout")).await;
        }
        self.turn.is_some()
    }

    async fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        connection: ConnectionChoice,
    ) -> Result<Response<Bytes>, TransportError> {
        if let Some(sends) = &self.sends {
            sends.store(true, Ordering::Relaxed);
        }
        let limit = Limit::after(timeout, "attempt's timeout");
        let turn = self.turn.take();
        let answer = self.transport.send(request, limit, timeout, turn, connection).await?;
        let (parts, body) = answer.into_parts();
        let body = body.whole(self.caps.response).await;
        let body = body.map_err(|error| error.with_headers(&parts.headers))?;
        Ok(Response::from_parts(parts, body))
    }

    async fn sleep(&mut self, duration: Duration) {
        self.turn = None;
        tokio::time::sleep(duration).await;
    }

    fn unix_seconds(&mut self) -> UnixSeconds {
        unix_seconds()
    }

    fn elapsed(&mut self) -> Duration {
        self.began.elapsed()
    }

    fn stamp(&mut self) -> Result<Stamp, CryptoError> {
        Stamp::new(unix_seconds(), self.random)
    }
}

pub(crate) fn unix_seconds() -> UnixSeconds {
    since_1970().as_secs()
}

pub(crate) fn unix_millis() -> UnixMillis {
    u64::try_from(since_1970().as_millis()).unwrap_or(UnixMillis::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the driver's one wall clock")]
fn since_1970() -> Duration {
    // A clock before 1970 yields 0, a time that the platform rejects.
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
