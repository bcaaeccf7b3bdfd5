//! HTTP within limits. TLS is what a proxy before it adds.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::program::commands::listen::answer::Listener;

/// The most open connections. Others wait.
const CONNECTIONS: usize = 256;
/// For a sender to send its headers, and for a connection without a request.
const HEAD: Duration = Duration::from_secs(10);
/// In bytes, for the headers.
const BUFFER: usize = 32 * 1024;
/// For requests under way after the end.
const GRACE: Duration = Duration::from_secs(5);
/// After a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `end` completes. Requests that are under way then still get their answers, if they do not take too long.
pub(super) async fn serve(socket: TcpListener, listener: Arc<Listener>, end: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(BUFFER);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let (open, _) = watch::channel(());
    tokio::pin!(end);
    loop {
        let (stream, place) = tokio::select! {
            () = &mut end => break,
            accepted = accept(&socket, &room) => accepted,
        };
        let listener = Arc::clone(&listener);
        let service = service_fn(move |request| Arc::clone(&listener).answer(request));
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
        let mut closed = open.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                // An error on one connection, such as an invalid request, does not affect the others.
                _ = connection => {}
                _ = closed.changed() => {}
            }
            drop(place);
        });
    }
    drop(socket);
    let _ = timeout(GRACE, graceful.shutdown()).await;
    // Somebody may read no answer. The ledger is closed when all connections are.
    drop(open);
}

/// Accepts a connection when there is room for it.
async fn accept(socket: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // It fails only if the semaphore is closed, which never happens.
    let place = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match socket.accept().await {
            Ok((stream, _)) => return (stream, place),
            // The sender has gone already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            // Too many files are open. The connection stays in the queue, so an attempt at once would fail, too.
            Err(_) => sleep(PAUSE).await,
        }
    }
}
