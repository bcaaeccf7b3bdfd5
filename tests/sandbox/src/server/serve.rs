//! The HTTP server.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use http::header::CONNECTION;
use http::{HeaderValue, Method, Request, Response, StatusCode, request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use wechatpay_core::types::UnixSeconds;

use crate::control::protect;
use crate::faults::Wire;
use crate::protocol::reply::Reply;
use crate::routes::Target;
use crate::sandbox::Sandbox;
use crate::server::accept::Listeners;
use crate::server::body::{WireBody, close};
use crate::server::delivery::deliver;
use crate::server::limits::{Limits, read};
use crate::server::refusals::Refusals;

/// The buffer of a connection, which also limits the headers of a request.
const BUFFER: usize = 128 * 1024;

/// A sandbox that serves HTTP on a background thread until it is dropped.
#[derive(Debug)]
pub struct Server {
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
        let (stop, stopped) = oneshot::channel();
        let (address_sender, address_receiver) = mpsc::channel();
        // The runtime is also created on that thread: a caller inside another runtime could not block on it.
        let thread = std::thread::Builder::new().name("wechatpay-sandbox".to_owned()).spawn(move || {
            let (runtime, listener) = match listen(address) {
                Ok(started) => started,
                Err(error) => return drop(address_sender.send(Err(error))),
            };
            drop(address_sender.send(listener.local_addr()));
            runtime.block_on(serve([listener], sandbox, clock, async {
                // Dropping the sender stops it too.
                let _ = stopped.await;
            }));
        })?;
        let address = address_receiver.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// The address that the server listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of the server, such as `http://127.0.0.1:8700`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
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

/// Serves `sandbox` on all `listeners` and sends its notifications until `stop` completes. Then open requests get a second
/// to end. `clock` returns the real time.
pub async fn serve(
    listeners: impl IntoIterator<Item = TcpListener>,
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
    let mut connections = JoinSet::new();
    let delivering = deliver(sandbox.clone(), Arc::clone(&clock));
    tokio::pin!(stop, delivering);
    loop {
        let (stream, place) = tokio::select! {
            () = &mut stop => break,
            never = &mut delivering => match never {},
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listeners, &room, limits) => accepted,
        };
        let caller = Caller {
            sandbox: sandbox.clone(),
            clock: Arc::clone(&clock),
            refusals: Arc::clone(&refusals),
            memory: Arc::clone(&memory),
            limits,
        };
        let service = service_fn(move |request| respond(request, caller.clone()));
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
        // An error on one connection, such as an invalid request, does not affect the others.
        connections.spawn(async move {
            drop(connection.await);
            drop(place);
        });
    }
    drop(listeners);
    sandbox.close_events();
    // What is still open then, such as a request that a fault leaves without an answer, is aborted with the set.
    let _ = timeout(limits.grace, graceful.shutdown()).await;
}

/// Accepts a connection when there is room for it.
async fn accept(
    listeners: &Listeners,
    room: &Arc<Semaphore>,
    limits: Limits,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // It fails only if the semaphore is closed, which never happens.
    let place = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listeners.accept().await {
            Ok(stream) => return (stream, place),
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
fn refused(status: StatusCode, parts: &request::Parts) -> Reply {
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
    request: Request<Incoming>,
    caller: Caller<impl Fn() -> UnixSeconds>,
) -> io::Result<Response<WireBody>> {
    let (parts, body) = request.into_parts();
    let wire = match read(body, caller.limits, &caller.memory).await {
        Ok(body) => {
            let request = Request::from_parts(parts, body);
            caller.refusals.respond(&caller.sandbox, request, (caller.clock)()).await
        }
        Err(status) => {
            let mut response = refused(status, &parts).into_response();
            // The rest of the body would be taken for the next request.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            if Target::is_control(parts.uri.path()) {
                protect(response.headers_mut());
            }
            response.into()
        }
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
