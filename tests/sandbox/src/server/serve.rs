//! The HTTP server.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use wechatpay_core::types::UnixSeconds;

use crate::faults::Wire;
use crate::protocol::reply::Reply;
use crate::sandbox::Sandbox;
use crate::server::body::{WireBody, close};
use crate::server::delivery::deliver;
use crate::server::refusals::Refusals;

/// Larger request bodies get 413. The largest valid body is an image of 2 MiB.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// Time limit for a client to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// Time limit for open connections after the server was stopped.
const GRACE: Duration = Duration::from_secs(2);

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
            runtime.block_on(serve(listener, sandbox, clock, async {
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

fn listen(address: SocketAddr) -> io::Result<(Runtime, TcpListener)> {
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

/// Serves `sandbox` on `listener` and sends its notifications until `stop` completes. Then open requests get 2 seconds
/// to end. `clock` returns the real time.
pub async fn serve(
    listener: TcpListener,
    sandbox: Sandbox,
    clock: impl Fn() -> UnixSeconds + Send + Sync + 'static,
    stop: impl Future<Output = ()>,
) {
    let clock = Arc::new(clock);
    let refusals = Arc::new(Refusals::new());
    let graceful = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    // Header names as the platform writes them, such as `Wechatpay-Signature`. Some clients compare the case.
    server.title_case_headers(true).timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let delivering = deliver(sandbox.clone(), Arc::clone(&clock));
    tokio::pin!(stop, delivering);
    loop {
        let stream = tokio::select! {
            () = &mut stop => break,
            never = &mut delivering => match never {},
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // The client has gone, or too many files are open: accept the next connection.
                Err(_) => {
                    tokio::task::yield_now().await;
                    continue;
                }
            },
        };
        let (sandbox, clock, refusals) = (sandbox.clone(), Arc::clone(&clock), Arc::clone(&refusals));
        let service = service_fn(move |request| {
            respond(request, sandbox.clone(), Arc::clone(&clock), Arc::clone(&refusals))
        });
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
        // An error on one connection, such as an invalid request, does not affect the others.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    let _ = timeout(GRACE, graceful.shutdown()).await;
}

async fn respond(
    request: Request<Incoming>,
    sandbox: Sandbox,
    clock: Arc<impl Fn() -> UnixSeconds>,
    refusals: Arc<Refusals>,
) -> io::Result<Response<WireBody>> {
    let (parts, body) = request.into_parts();
    let wire = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => {
            let request = Request::from_parts(parts, body.to_bytes());
            refusals.respond(&sandbox, request, clock()).await
        }
        Err(_) => Wire::from(Reply::empty(StatusCode::PAYLOAD_TOO_LARGE).into_response()),
    };
    match wire {
        Wire::Whole { response, delay } => {
            if !delay.is_zero() {
                sleep(delay).await;
            }
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
        Wire::Closed => Err(close()),
        // hyper drops this future when the client disconnects.
        Wire::Silent => pending().await,
    }
}
