//! The sandbox behind HTTP.

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

/// Larger request bodies get 413. Images, the largest there are, may have 2 MiB.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long open connections may go on after the server was told to stop.
const GRACE: Duration = Duration::from_secs(2);

/// A sandbox that serves HTTP from a thread of its own until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `sandbox` at `address`; port 0 picks a free one. `clock` is the platform's time.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn start(
        address: SocketAddr,
        sandbox: Sandbox,
        clock: impl Fn() -> UnixSeconds + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        // All of it on that thread: from within another runtime, nothing here could block.
        let thread = std::thread::Builder::new().name("wechatpay-sandbox".to_owned()).spawn(move || {
            let (runtime, listener) = match listen(address) {
                Ok(started) => started,
                Err(error) => return drop(tell.send(Err(error))),
            };
            drop(tell.send(listener.local_addr()));
            runtime.block_on(serve(listener, sandbox, clock, async {
                // Dropping the sender stops it too.
                let _ = stopped.await;
            }));
        })?;
        let address = told.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL, such as `http://127.0.0.1:8700`.
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
            // A panic there was printed there.
            let _ = thread.join();
        }
    }
}

/// Serves `sandbox` on `listener`, and sends its notifications, until `stop` is ready, then lets open requests end.
pub async fn serve(
    listener: TcpListener,
    sandbox: Sandbox,
    clock: impl Fn() -> UnixSeconds + Send + Sync + 'static,
    stop: impl Future<Output = ()>,
) {
    let clock = Arc::new(clock);
    let graceful = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let delivering = deliver(sandbox.clone(), Arc::clone(&clock));
    tokio::pin!(stop, delivering);
    loop {
        let stream = tokio::select! {
            () = &mut stop => break,
            never = &mut delivering => match never {},
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // A client that is gone already, or too many open files: wait for the next.
                Err(_) => {
                    tokio::task::yield_now().await;
                    continue;
                }
            },
        };
        let (sandbox, clock) = (sandbox.clone(), Arc::clone(&clock));
        let service = service_fn(move |request| answer(request, sandbox.clone(), Arc::clone(&clock)));
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
        // What goes wrong on one connection, garbage above all, is that client's affair.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    let _ = timeout(GRACE, graceful.shutdown()).await;
}

async fn answer(
    request: Request<Incoming>,
    sandbox: Sandbox,
    clock: Arc<impl Fn() -> UnixSeconds>,
) -> io::Result<Response<WireBody>> {
    let (parts, body) = request.into_parts();
    let wire = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => sandbox.respond(Request::from_parts(parts, body.to_bytes()), clock()),
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
        // hyper drops it when the client goes.
        Wire::Silent => pending().await,
    }
}
