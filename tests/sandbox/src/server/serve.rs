//! The HTTP server.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Method, Request, Response, StatusCode, request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use wechatpay_core::types::UnixSeconds;

use crate::control::protect;
use crate::faults::Wire;
use crate::protocol::origin::OverTls;
use crate::protocol::reply::Reply;
use crate::routes::Target;
use crate::sandbox::Sandbox;
use crate::server::accept::{Accepted, Listener, Listeners};
use crate::server::body::{WireBody, close};
use crate::server::delivery::deliver;
use crate::server::limits::{Limits, read};
use crate::server::open::{Opened, Protocol};
use crate::server::refusals::Refusals;
use crate::tls::Tls;

/// The buffer of a connection, which also limits the headers of a request.
const BUFFER: usize = 128 * 1024;

/// A sandbox that serves HTTP or HTTPS on a background thread until it is dropped.
#[derive(Debug)]
pub struct Server {
    scheme: &'static str,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `sandbox` at `address`; port 0 picks a free port. `clock` returns the real time.
    ///
    /// # Errors
    /// The IO error if the thread cannot be started or the server cannot listen on the address.
    pub fn start(
        address: SocketAddr,
        sandbox: Sandbox,
        clock: impl Fn() -> UnixSeconds + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::start_with(address, Listener::from, "http", sandbox, clock)
    }

    /// The same over HTTPS.
    ///
    /// # Errors
    /// The IO error if the thread cannot be started or the server cannot listen on the address.
    pub fn start_tls(
        address: SocketAddr,
        tls: &Tls,
        sandbox: Sandbox,
        clock: impl Fn() -> UnixSeconds + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let tls = tls.clone();
        Self::start_with(address, move |socket| Listener::tls(socket, &tls), "https", sandbox, clock)
    }

    fn start_with(
        address: SocketAddr,
        listener: impl FnOnce(TcpListener) -> Listener + Send + 'static,
        scheme: &'static str,
        sandbox: Sandbox,
        clock: impl Fn() -> UnixSeconds + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (address_sender, address_receiver) = mpsc::channel();
        // The runtime is also created on that thread: a caller inside another runtime could not block on it.
        let thread = std::thread::Builder::new().name("wechatpay-sandbox".to_owned()).spawn(move || {
            let (runtime, socket) = match listen(address) {
                Ok(started) => started,
                Err(error) => return drop(address_sender.send(Err(error))),
            };
            drop(address_sender.send(socket.local_addr()));
            runtime.block_on(serve([listener(socket)], sandbox, clock, async {
                // Dropping the sender stops it too.
                let _ = stopped.await;
            }));
        })?;
        let address = address_receiver.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self { scheme, address, stop: Some(stop), thread: Some(thread) })
    }

    /// The address that the server listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of the server, such as `http://127.0.0.1:8700`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }
}

pub(super) fn listen(address: SocketAddr) -> io::Result<(Runtime, TcpListener)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind(address))?;
    Ok((runtime, listener))
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has already been printed.
            let _ = thread.join();
        }
    }
}

/// Serves `sandbox` on all `listeners`, which are sockets for plain HTTP or [`Listener`]s, and sends its notifications until `stop` completes. Then open requests get a second
/// to end. `clock` returns the real time.
pub async fn serve(
    listeners: impl IntoIterator<Item = impl Into<Listener>>,
    sandbox: Sandbox,
    clock: impl Fn() -> UnixSeconds + Send + Sync + 'static,
    stop: impl Future<Output = ()>,
) {
    serve_within(Limits::default(), Listeners::new(listeners), sandbox, clock, stop).await;
}

pub(super) async fn serve_within(
    limits: Limits,
    listeners: Listeners,
    sandbox: Sandbox,
    clock: impl Fn() -> UnixSeconds + Send + Sync + 'static,
    stop: impl Future<Output = ()>,
) {
    let clock = Arc::new(clock);
    let refusals = Arc::new(Refusals::new());
    let graceful = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    // Header names as the platform writes them, such as `Wechatpay-Signature`. Some clients compare the case.
    server
        .title_case_headers(true)
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(BUFFER);
    let memory = Arc::new(Semaphore::new(limits.body_bytes));
    let room = Arc::new(Semaphore::new(limits.connections));
    let (mut handshakes, mut connections) = (JoinSet::new(), JoinSet::new());
    let delivering = deliver(sandbox.clone(), Arc::clone(&clock));
    tokio::pin!(stop, delivering);
    loop {
        let opened = tokio::select! {
            () = &mut stop => break,
            never = &mut delivering => match never {},
            Some(_) = connections.join_next() => continue,
            Some(finished) = handshakes.join_next() => finished.ok().flatten(),
            (Accepted { stream, acceptor }, place) = accept(&listeners, &room, limits) => match acceptor {
                None => Some(Opened::plain(stream, place)),
                Some(acceptor) => {
                    handshakes.spawn(Opened::by_handshake(stream, place, acceptor, limits));
                    None
                }
            },
        };
        let Some(Opened { stream, protocol, place }) = opened else { continue };
        let caller = Caller {
            sandbox: sandbox.clone(),
            clock: Arc::clone(&clock),
            refusals: Arc::clone(&refusals),
            memory: Arc::clone(&memory),
            limits,
        };
        let service = service_fn(move |request| respond(request, protocol, caller.clone()));
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
        // An error on one connection, such as an invalid request, does not affect the others.
        connections.spawn(async move {
            drop(connection.await);
            drop(place);
        });
    }
    drop((listeners, handshakes));
    sandbox.close_events();
    // What is still open then, such as a request that a fault leaves without an answer, is aborted with the set.
    let _ = timeout(limits.grace, graceful.shutdown()).await;
}

/// Accepts a connection when there is room for it.
async fn accept(
    listeners: &Listeners,
    room: &Arc<Semaphore>,
    limits: Limits,
) -> (Accepted, Option<OwnedSemaphorePermit>) {
    // It fails only if the semaphore is closed, which never happens.
    let place = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listeners.accept().await {
            Ok(accepted) => return (accepted, place),
            // The client has gone already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            // Too many files are open, or memory is short. The connection stays in the queue, so an attempt at once would
            // fail in the same way.
            Err(_) => sleep(limits.pause).await,
        }
    }
}

/// What the requests of a connection need.
struct Caller<C> {
    sandbox: Sandbox,
    clock: Arc<C>,
    refusals: Arc<Refusals>,
    memory: Arc<Semaphore>,
    limits: Limits,
}

impl<C> Clone for Caller<C> {
    fn clone(&self) -> Self {
        Self {
            sandbox: self.sandbox.clone(),
            clock: Arc::clone(&self.clock),
            refusals: Arc::clone(&self.refusals),
            memory: Arc::clone(&self.memory),
            limits: self.limits,
        }
    }
}

/// The answer to a request whose body could not be read.
fn unread(status: StatusCode, parts: &request::Parts) -> Reply {
    if status == StatusCode::PAYLOAD_TOO_LARGE
        && parts.method == Method::PUT
        && parts.uri.path() == "/_sandbox/state"
    {
        let message = "The body has more than 4 MiB, which is the limit; a larger state is loaded at the start, with \
                       --seed FILE.";
        return Reply::error(status, "PARAM_ERROR", message);
    }
    Reply::empty(status)
}

async fn respond(
    mut request: Request<Incoming>,
    protocol: Protocol,
    caller: Caller<impl Fn() -> UnixSeconds>,
) -> io::Result<Response<WireBody>> {
    match protocol {
        Protocol::Http => {}
        Protocol::Https => drop(request.extensions_mut().insert(OverTls)),
        Protocol::WrongScheme => return Ok(refuse(wrong_scheme(), true).map(WireBody::Whole)),
    }
    let (parts, body) = request.into_parts();
    let wire = match read(body, caller.limits, &caller.memory).await {
        Ok(body) => {
            let request = Request::from_parts(parts, body);
            caller.refusals.respond(&caller.sandbox, request, (caller.clock)()).await
        }
        Err(status) => refuse(unread(status, &parts), Target::is_control(parts.uri.path())).into(),
    };
    if let Some(discarded) = caller.sandbox.discarded() {
        tokio::task::spawn_blocking(move || drop(discarded));
    }
    match wire {
        Wire::Whole { mut response, delay } => {
            if !delay.is_zero() {
                sleep(delay).await;
            }
            // A client that has read the answer must find nothing under way.
            response.extensions_mut().clear();
            Ok(response.map(WireBody::Whole))
        }
        Wire::Cut { response, content_length } => {
            Ok(response.map(|body| WireBody::Cut { body, content_length, flushed: false }))
        }
        Wire::Generated { response, bytes } => Ok(response.map(|()| WireBody::Generated { left: bytes })),
        Wire::Dripped { response, pause } => {
            let next = Box::pin(sleep(pause));
            Ok(response.map(|body| WireBody::Dripped { body, pause, next }))
        }
        Wire::Streamed { response, body } => Ok(response.map(|()| WireBody::streamed(body))),
        Wire::Closed => Err(close()),
        // hyper drops this future when the client disconnects.
        Wire::Silent => pending().await,
    }
}

/// The answer to a request that was not read whole. The rest of it would be taken for the next request.
fn refuse(reply: Reply, protected: bool) -> Response<Bytes> {
    let mut response = reply.into_response();
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    if protected {
        protect(response.headers_mut());
    }
    response
}

fn wrong_scheme() -> Reply {
    Reply::bad_request(
        "INVALID_REQUEST",
        "This port speaks HTTPS. Begin the URL with https:// instead of http://.",
    )
}
