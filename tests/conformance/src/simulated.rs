//! A simulated network and clock for the request loops of the core.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use wechatpay_core::crypto::CryptoError;
use wechatpay_core::error::{TransportError, TransportErrorKind};
use wechatpay_core::types::UnixSeconds;
use wechatpay_core::{AsyncIo, ConnectionChoice, Io, Nonce, Stamp};
use wechatpay_sandbox::Wire;

/// The result of a request, and the time after which it arrives.
pub type Reply = (Result<Response<Bytes>, TransportError>, Duration);

/// The simulated IO of one operation. `reply` is called with the request, the time, and the timeout of the attempt.
pub struct Simulated<F> {
    reply: F,
    started_at: UnixSeconds,
    /// The number of stamps that can still be created, after which entropy fails.
    pub stamps: u8,
    /// The time since the start.
    pub elapsed: Duration,
    /// All requests, in the order in which they were sent.
    pub sent: Vec<Request<Bytes>>,
    /// The connection that each request may be sent on.
    pub connections: Vec<ConnectionChoice>,
    /// How long each request waits for its turn. All requests after these send at once.
    pub turns: VecDeque<Duration>,
    /// All pauses between requests.
    pub slept: Vec<Duration>,
}

impl<F: FnMut(Request<Bytes>, UnixSeconds, Duration) -> Reply> Simulated<F> {
    /// Creates the IO of an operation that starts at this time.
    pub fn new(started_at: UnixSeconds, reply: F) -> Self {
        Self {
            reply,
            started_at,
            stamps: u8::MAX,
            elapsed: Duration::ZERO,
            sent: Vec::new(),
            connections: Vec::new(),
            turns: VecDeque::new(),
            slept: Vec::new(),
        }
    }

    fn now(&self) -> UnixSeconds {
        self.started_at + self.elapsed.as_secs()
    }
}

impl<F: FnMut(Request<Bytes>, UnixSeconds, Duration) -> Reply> Io for Simulated<F> {
    fn turn(&mut self, timeout: Duration) -> bool {
        let wait = self.turns.pop_front().unwrap_or_default();
        self.elapsed += wait.min(timeout);
        wait <= timeout
    }

    fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        connection: ConnectionChoice,
    ) -> Result<Response<Bytes>, TransportError> {
        self.sent.push(request.clone());
        self.connections.push(connection);
        let now = self.now();
        let (result, after) = (self.reply)(request, now, timeout);
        self.elapsed += after;
        result
    }

    fn sleep(&mut self, duration: Duration) {
        self.slept.push(duration);
        self.elapsed += duration;
    }

    fn unix_seconds(&mut self) -> UnixSeconds {
        self.now()
    }

    fn elapsed(&mut self) -> Duration {
        self.elapsed
    }

    fn stamp(&mut self) -> Result<Stamp, CryptoError> {
        self.stamps = self.stamps.checked_sub(1).ok_or_else(|| CryptoError::new("no entropy"))?;
        Ok(Stamp { unix_seconds: self.now(), nonce: Nonce::from_entropy([self.stamps; 16]) })
    }
}

impl<F: FnMut(Request<Bytes>, UnixSeconds, Duration) -> Reply + Send> AsyncIo for Simulated<F> {
    async fn turn(&mut self, timeout: Duration) -> bool {
        Io::turn(self, timeout)
    }

    async fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        connection: ConnectionChoice,
    ) -> Result<Response<Bytes>, TransportError> {
        Io::send(self, request, timeout, connection)
    }

    async fn sleep(&mut self, duration: Duration) {
        Io::sleep(self, duration);
    }

    fn unix_seconds(&mut self) -> UnixSeconds {
        self.now()
    }

    fn elapsed(&mut self) -> Duration {
        self.elapsed
    }

    fn stamp(&mut self) -> Result<Stamp, CryptoError> {
        Io::stamp(self)
    }
}

/// What a driver reports for a response that the sandbox sends like this, and after how long. The attempt has a
/// `timeout`, and the driver reads at most `cap` bytes.
pub fn deliver(wire: Wire, timeout: Duration, cap: u64) -> Reply {
    let (result, after) = match wire {
        Wire::Whole { response, delay } => (Ok(response), delay),
        Wire::Dripped { response, pause } => {
            let len = u32::try_from(response.body().len()).unwrap();
            (Ok(response), pause * len)
        }
        Wire::Generated { response, bytes } => {
            // One byte more than the cap is enough.
            let len = usize::try_from(bytes.min(cap + 1)).unwrap();
            (Ok(response.map(|()| vec![b' '; len].into())), Duration::ZERO)
        }
        Wire::Streamed { response, body } => (Ok(response.map(|()| body.collect())), Duration::ZERO),
        Wire::Cut { .. } | Wire::Closed => (Err(TransportErrorKind::MaybeSent), Duration::ZERO),
        Wire::Silent => (Err(TransportErrorKind::MaybeSent), timeout),
    };
    if after >= timeout {
        return (Err(TransportErrorKind::MaybeSent.into()), timeout);
    }
    let result = match result {
        Ok(response) if response.body().len() as u64 > cap => {
            Err(TransportErrorKind::ResponseTooLarge { cap })
        }
        result => result,
    };
    (result.map_err(TransportError::from), after)
}
