//! Provides sockets, clocks and entropy for the core's exchanges.

use std::io::Read as _;
use std::thread;
use std::time::{Duration, Instant};

use ureq::config::AutoHeaderValue;
use ureq::{Agent, Body, BodyReader, Timeout};
use wechatpay_core::bytes::Bytes;
use wechatpay_core::crypto::{CryptoError, SecureRandom};
use wechatpay_core::download::FileIo;
use wechatpay_core::error::{Phase, TransportError, TransportErrorKind};
use wechatpay_core::http::{Request, Response};
use wechatpay_core::types::UnixSeconds;
use wechatpay_core::{ConnectionChoice, Io, Stamp};

use crate::agent::ClientAgent;
use crate::clock::{FAR, instant, unix_seconds};
use crate::limit::Limit;
use crate::turns::{Turn, Turns};
use crate::{failure, progress};

/// Performs the IO of one exchange.
pub(crate) struct Call<'a> {
    agent: &'a ClientAgent,
    turns: &'a Turns,
    /// Taken for the next request.
    turn: Option<Turn>,
    random: &'static dyn SecureRandom,
    caps: Caps,
    began: Instant,
}

/// The maximum sizes of bodies, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Caps {
    pub(crate) response: u64,
    pub(crate) file: u64,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        agent: &'a ClientAgent,
        turns: &'a Turns,
        random: &'static dyn SecureRandom,
        caps: Caps,
    ) -> Self {
        Self { agent, turns, turn: None, random, caps, began: instant() }
    }
}

impl Io for Call<'_> {
    fn turn(&mut self, timeout: Duration) -> bool {
        // A turn that was not used is given back first.
        self.turn = None;
        self.turn = self.turns.take(timeout);
        self.turn.is_some()
    }

    fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        connection: ConnectionChoice,
    ) -> Result<Response<Bytes>, TransportError> {
        let cap = self.caps.response;
        let (parts, body) = self.begin(request, timeout, None, connection)?.into_parts();
        let body = body.whole(cap).map_err(|error| error.with_headers(&parts.headers))?;
        Ok(Response::from_parts(parts, body))
    }

    #[expect(clippy::disallowed_methods, reason = "waiting is the driver's part")]
    fn sleep(&mut self, duration: Duration) {
        self.turn = None;
        thread::sleep(duration);
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

impl FileIo for Call<'_> {
    type Body = Pieces;

    fn open(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        idle: Duration,
        connection: ConnectionChoice,
    ) -> Result<Response<Pieces>, TransportError> {
        self.begin(request, timeout, Some(idle), connection)
    }

    fn piece(&mut self, body: &mut Pieces) -> Result<Option<Bytes>, TransportError> {
        let mut piece = vec![0; FILE_PIECE];
        let len = body.read(&mut piece, self.caps.file)?;
        piece.truncate(len);
        Ok((len > 0).then(|| piece.into()))
    }

    fn whole(&mut self, body: Pieces) -> Result<Bytes, TransportError> {
        body.whole(self.caps.response)
    }
}

impl Call<'_> {
    /// Sends a request and reads the status and headers of its response. `timeout` also covers the response's body. With
    /// `idle`, neither the head nor any other part of the response may take longer than that. The turn ends with an error,
    /// or when the body is dropped.
    fn begin(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        idle: Option<Duration>,
        connection: ConnectionChoice,
    ) -> Result<Response<Pieces>, TransportError> {
        let turn = self.turn.take();
        let agent = self.agent.get()?;
        let limit = Limits { agent: agent.clone(), timeout, idle };
        let (parts, body) = request.into_parts();
        // Send an empty body as no body: otherwise ureq declares a body of length 0.
        let (result, progress) = progress::of(|| match body.is_empty() {
            true => run(agent, Request::from_parts(parts, ()), timeout, idle, connection),
            false => run(agent, Request::from_parts(parts, body.as_ref()), timeout, idle, connection),
        });
        match result {
            Ok(response) => Ok(response.map(|body| Pieces::new(body, limit, turn))),
            Err(error) => Err(failure::before_response(error, progress, |timeout| limit.of(timeout))),
        }
    }
}

fn run(
    agent: &Agent,
    request: Request<impl ureq::AsSendBody>,
    timeout: Duration,
    idle: Option<Duration>,
    connection: ConnectionChoice,
) -> Result<Response<Body>, ureq::Error> {
    let mut request = agent
        .configure_request(request)
        // ureq adds the timeout to the current time, which must not overflow.
        .timeout_global(Some(timeout.min(FAR)))
        // The defaults of our own agents, also for agents of the caller's own.
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .accept_encoding(AutoHeaderValue::None);
    if let Some(idle) = idle {
        let idle = Some(idle.min(FAR));
        request = request.timeout_recv_response(idle).timeout_per_read(idle);
    }
    if connection == ConnectionChoice::New {
        // No idle connection is young enough. ureq closes those that it passes over, which may be closed as well.
        request = request.max_idle_age(Duration::ZERO);
    }
    // ureq sends a request once. It has no retries of its own.
    agent.run(request.build())
}

/// The timeouts of a request, for the texts of errors.
struct Limits {
    agent: Agent,
    timeout: Duration,
    idle: Option<Duration>,
}

impl Limits {
    fn of(&self, timeout: Timeout) -> Limit {
        match (timeout, self.idle) {
            (Timeout::Global, _) => Limit::of_request(self.timeout),
            (Timeout::RecvResponse | Timeout::PerRead, Some(idle)) => Limit::of_request(idle),
            (other, _) => Limit::of(self.agent.config(), other),
        }
    }
}

/// The body of a response.
pub(crate) struct Pieces {
    body: BodyReader<'static>,
    declared: Option<u64>,
    read: u64,
    limits: Limits,
    /// The turn of the request, if it needed one. It ends with this.
    _turn: Option<Turn>,
}

impl Pieces {
    fn new(body: Body, limits: Limits, turn: Option<Turn>) -> Self {
        let declared = body.content_length();
        // The limit is checked here.
        let body = body.into_with_config().limit(u64::MAX).reader();
        Self { body, declared, read: 0, limits, _turn: turn }
    }

    /// Reads the next bytes, or none at the end. All pieces together may have at most `cap` bytes. If they are declared
    /// to have more, none is read.
    pub(crate) fn read(&mut self, buffer: &mut [u8], cap: u64) -> Result<usize, TransportError> {
        let too_large = TransportErrorKind::ResponseTooLarge { cap };
        if let Some(len) = self.declared.filter(|len| *len > cap) {
            let text = format!("it declares {len} bytes (Content-Length)");
            return Err(TransportError::new(too_large, text).during(Phase::Body));
        }
        let len = self
            .body
            .read(buffer)
            .map_err(|error| failure::in_body(error.into(), |timeout| self.limits.of(timeout)))?;
        self.read = self.read.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
        if self.read > cap {
            return Err(TransportError::from(too_large).during(Phase::Body));
        }
        Ok(len)
    }

    /// Reads the whole body.
    pub(crate) fn whole(mut self, cap: u64) -> Result<Bytes, TransportError> {
        let declared = self.declared.and_then(|len| usize::try_from(len).ok()).unwrap_or_default();
        let mut whole = Vec::with_capacity(declared.min(PIECE));
        let mut buffer = [0; PIECE];
        loop {
            match self.read(&mut buffer, cap)? {
                0 => return Ok(whole.into()),
                len => whole.extend_from_slice(buffer.get(..len).unwrap_or_default()),
            }
        }
    }
}

/// The size of the pieces of a response, in bytes.
const PIECE: usize = 8 * 1024;
/// The size of the pieces of a file, in bytes.
const FILE_PIECE: usize = 64 * 1024;
