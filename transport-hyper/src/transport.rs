//! Sends one request and reads its response within a deadline.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::yield_now;
use wechatpay_core::ConnectionChoice;
use wechatpay_core::bytes::{Bytes, BytesMut};
use wechatpay_core::error::{Phase, TransportError, TransportErrorKind};
use wechatpay_core::http::header::HOST;
use wechatpay_core::http::uri::{PathAndQuery, Scheme};
use wechatpay_core::http::{HeaderValue, Request, Response, Uri};

use crate::connector::Unconnected;
use crate::dial::Dial;
use crate::limit::Limit;
use crate::pool::{Link, Origin, Pool};
use crate::progress::Stage;

/// Sends requests, on kept connections where possible. Clones share connections and turns.
#[derive(Clone)]
pub(crate) struct Transport {
    dial: Dial,
    pool: Arc<Pool>,
    turns: Arc<Semaphore>,
}

/// The right to have a request in flight. It ends when this is dropped.
pub(crate) type Turn = OwnedSemaphorePermit;

impl Transport {
    pub(crate) fn new(dial: Dial, concurrency: usize) -> Self {
        Self { dial, pool: Arc::default(), turns: turns(concurrency) }
    }

    pub(crate) fn set_concurrency(&mut self, requests: usize) {
        self.turns = turns(requests);
    }

    /// Changes how connections are made. Those that were made otherwise are not used any more.
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut crate::route::Route), misuse: &'static str) {
        self.dial.change(change, misuse);
        self.pool = Arc::default();
    }

    /// Waits for a turn. Turns are given in the order in which they were asked for.
    pub(crate) async fn turn(&self, limit: Limit) -> Option<Turn> {
        limit.of(Arc::clone(&self.turns).acquire_owned()).await.ok()?.ok()
    }

    /// Sends a request and reads the status and headers of its response. `limit` also covers the response's body. Neither
    /// the head nor any other part of the response may take longer than `idle`. The turn ends when the body was read, or is
    /// dropped.
    pub(crate) async fn send(
        &self,
        request: Request<Bytes>,
        limit: Limit,
        idle: Duration,
        turn: Option<Turn>,
        choice: ConnectionChoice,
    ) -> Result<Response<Body>, TransportError> {
        let no_origin = || Unconnected::new(Phase::Connect, "the URL has no scheme or no host");
        let origin = Origin::of(request.uri()).ok_or_else(no_origin)?;
        let kept = match choice {
            ConnectionChoice::Any => self.kept(&origin).await,
            _ => None,
        };
        let (mut link, was_kept) = match kept {
            Some(link) => (link, true),
            None => (self.open(origin, limit).await?, false),
        };
        let request = on_the_wire(request, link.to_proxy);
        let answer = part(idle, limit).of(link.sender.send_request(request)).await;
        let (error, closed): (Source, bool) = match answer {
            Ok(Ok(response)) => {
                return Ok(response.map(|incoming| {
                    let exchange = Some((link, Arc::clone(&self.pool), turn));
                    Body { incoming, limit, idle, read: 0, exchange }
                }));
            }
            Ok(Err(error)) => (error.into(), true),
            Err(over) => (over.into(), false),
        };
        let (stage, answered) = link.progress.give_up();
        let (kind, phase) = match stage {
            Stage::Taken => (TransportErrorKind::NotSent, Phase::Write),
            Stage::Writing => (TransportErrorKind::MaybeSent, Phase::Write),
            Stage::Written | Stage::Idle(_) | Stage::Closed => (TransportErrorKind::MaybeSent, Phase::Head),
        };
        let error = TransportError::new(kind, error).during(phase);
        // What was read before the first byte was written is no response to it.
        let answered = answered && stage != Stage::Taken;
        Err(if was_kept && closed && !answered { error.on_reused_connection() } else { error })
    }

    /// Returns a kept connection that is open, as far as the runtime knows.
    async fn kept(&self, origin: &Origin) -> Option<Link> {
        loop {
            let link = self.pool.take(origin)?;
            // A busy runtime may not have noticed yet that the server has closed it. The first time it looks for events of
            // sockets, and the second time it runs the tasks that wait for them.
            yield_now().await;
            yield_now().await;
            if !link.sender.is_closed() {
                return Some(link);
            }
        }
    }

    async fn open(&self, origin: Origin, limit: Limit) -> Result<Link, TransportError> {
        let opened = self.dial.open(&origin.uri(), limit).await?;
        let link = self.pool.link(origin, opened).await;
        Ok(link.map_err(|error| Unconnected::new(Phase::Connect, error))?)
    }
}

type Source = Box<dyn std::error::Error + Send + Sync>;

fn turns(requests: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(requests.clamp(1, Semaphore::MAX_PERMITS)))
}

/// Returns the limit of one part of a response, which begins now.
fn part(idle: Duration, limit: Limit) -> Limit {
    Limit::after(idle, "attempt's timeout").or_earlier(limit)
}

/// Returns the request as HTTP/1.1 has it: with the host in a header, and without it in the target.
fn on_the_wire(request: Request<Bytes>, to_proxy: bool) -> Request<Full<Bytes>> {
    let mut request = request.map(Full::new);
    if let Some(host) = host(request.uri()) {
        request.headers_mut().entry(HOST).or_insert(host);
    }
    // A proxy for TLS connects to the host first, so that it does not see the request.
    if !(to_proxy && request.uri().scheme() == Some(&Scheme::HTTP)) {
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = path.unwrap_or_else(|| PathAndQuery::from_static("/")).into();
    }
    request
}

/// Returns the value of the header `Host`: without the port if it is that of the scheme.
fn host(uri: &Uri) -> Option<HeaderValue> {
    let (host, port) = (uri.host()?, uri.port_u16());
    let default = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    match port.filter(|port| *port != default) {
        Some(port) => HeaderValue::try_from(format!("{host}:{port}")).ok(),
        None => HeaderValue::from_str(host).ok(),
    }
}

/// The body of a response. It keeps the request's deadline, its connection and its turn.
pub(crate) struct Body {
    incoming: Incoming,
    limit: Limit,
    idle: Duration,
    read: u64,
    /// `None` after the end. If it is dropped before, the connection is closed.
    exchange: Option<(Link, Arc<Pool>, Option<Turn>)>,
}

impl Body {
    /// Returns the next piece, or `None` at the end. All pieces together may have at most `cap` bytes. If they are
    /// declared to have more, none is read.
    pub(crate) async fn piece(&mut self, cap: u64) -> Result<Option<Bytes>, TransportError> {
        let too_large = TransportErrorKind::ResponseTooLarge { cap };
        if self.read == 0 && self.incoming.size_hint().lower() > cap {
            let len = self.incoming.size_hint().lower();
            let error = TransportError::new(too_large, format!("it declares {len} bytes (Content-Length)"));
            return Err(error.during(Phase::Body));
        }
        loop {
            let limit = part(self.idle, self.limit);
            let frame = limit.of(self.incoming.frame()).await.map_err(broken)?;
            let Some(frame) = frame else {
                self.end().await;
                return Ok(None);
            };
            // Trailers are ignored: they contain nothing that is needed.
            let Ok(piece) = frame.map_err(broken)?.into_data() else { continue };
            self.read = self.read.saturating_add(piece.len() as u64);
            if self.read > cap {
                return Err(TransportError::from(too_large).during(Phase::Body));
            }
            return Ok(Some(piece));
        }
    }

    pub(crate) async fn whole(mut self, cap: u64) -> Result<Bytes, TransportError> {
        let mut whole = BytesMut::new();
        while let Some(piece) = self.piece(cap).await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    /// Keeps the connection, and ends the turn.
    async fn end(&mut self) {
        let Some((mut link, pool, _turn)) = self.exchange.take() else { return };
        // Its task is about to be ready, if the request was written. It may never be if the server does not read it.
        if link.progress.is_written() && matches!(self.limit.of(link.sender.ready()).await, Ok(Ok(()))) {
            pool.put(link);
        }
    }
}

/// Converts an error after the head: the response is incomplete.
fn broken(error: impl std::error::Error + Send + Sync + 'static) -> TransportError {
    TransportError::new(TransportErrorKind::MaybeSent, error).during(Phase::Body)
}
