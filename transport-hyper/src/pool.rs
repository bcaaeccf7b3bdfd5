//! Connections that are kept for the next requests.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::runtime::{Handle, Id};
use tokio::time::{Instant, Sleep, sleep};
use wechatpay_core::bytes::Bytes;
use wechatpay_core::http::Uri;
use wechatpay_core::http::uri::{Authority, PathAndQuery, Scheme};

use crate::dial::Opened;
use crate::progress::{Progress, Watched};

/// Shorter than most servers' idle timeout, so that a request rarely meets a connection that is being closed.
const IDLE: Duration = Duration::from_secs(10);
/// The size of a connection's read buffer in bytes, and so the maximum size of a response's status line and headers.
/// A runtime lets a connection read about a hundred times before it processes its timers. With the larger default of
/// hyper, an endless response could keep the only thread of a small runtime from enforcing deadlines.
const BUFFER: usize = 32 * 1024;

/// Where a connection leads.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
}

impl Origin {
    /// Returns the origin of an absolute URL.
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        Some(Self { scheme: uri.scheme()?.clone(), authority: uri.authority()?.clone() })
    }

    /// Returns the URL of the root.
    pub(crate) fn uri(&self) -> Uri {
        let mut parts = wechatpay_core::http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::from_static("/"));
        // The parts are those of a URL, so they form one.
        Uri::from_parts(parts).unwrap_or_default()
    }
}

/// A connection, as seen by requests. Dropping it closes the connection.
pub(crate) struct Link {
    pub(crate) sender: SendRequest<Full<Bytes>>,
    pub(crate) progress: Arc<Progress>,
    /// Whether it leads to a proxy that expects the whole URL in the request.
    pub(crate) to_proxy: bool,
    origin: Origin,
    runtime: Id,
}

/// The idle connections. A connection is served by a task of the runtime in which it was made, so only requests in the
/// same runtime use it: another runtime may be blocked, or may end.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Link>>);

impl Pool {
    fn links(&self) -> MutexGuard<'_, Vec<Link>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the connection to `origin` that was used last: the others close sooner when they are not needed.
    pub(crate) fn take(&self, origin: &Origin) -> Option<Link> {
        let (runtime, now) = (Handle::current().id(), Instant::now());
        // They are dropped when the pool is no longer locked.
        let mut closed = Vec::new();
        let mut links = self.links();
        loop {
            let found = links.iter().rposition(|link| link.runtime == runtime && link.origin == *origin)?;
            let link = links.remove(found);
            // The task that closes idle connections may be late.
            let is_young =
                link.progress.take().is_some_and(|since| now.saturating_duration_since(since) < IDLE);
            if is_young && link.sender.is_ready() {
                return Some(link);
            }
            closed.push(link);
        }
    }

    /// Keeps a connection whose response was read.
    pub(crate) fn put(&self, link: Link) {
        let mut links = self.links();
        // In this order: when its task ends after this, it removes the connection.
        if !link.sender.is_closed() && link.progress.release() {
            links.push(link);
        }
    }

    fn remove_closed(&self) {
        let mut links = self.links();
        let closed: Vec<_> =
            links.extract_if(.., |link| link.sender.is_closed() || link.progress.is_closed()).collect();
        drop(links);
        drop(closed);
    }

    /// Begins to use an open connection, in the current runtime.
    pub(crate) async fn link(self: &Arc<Self>, origin: Origin, opened: Opened) -> hyper::Result<Link> {
        let Opened { stream, to_proxy } = opened;
        let progress = Progress::new();
        let stream = TokioIo::new(Watched::new(stream, Arc::clone(&progress)));
        let (sender, connection) = http1::Builder::new().max_buf_size(BUFFER).handshake(stream).await?;
        tokio::spawn(Serving {
            connection,
            expiry: Box::pin(sleep(IDLE)),
            expired: false,
            progress: Arc::clone(&progress),
            end: End(Arc::downgrade(self)),
        });
        Ok(Link { sender, progress, to_proxy, origin, runtime: Handle::current().id() })
    }
}

/// The task of a connection: reads and writes, and closes it when it has been idle for too long. It also ends when the
/// [`Link`] is dropped. Its fields are dropped in this order.
struct Serving {
    connection: http1::Connection<TokioIo<Watched>, Full<Bytes>>,
    expiry: Pin<Box<Sleep>>,
    /// Whether it is being closed because it was idle for too long.
    expired: bool,
    progress: Arc<Progress>,
    end: End,
}

impl Future for Serving {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            // The request or the body has the error, if there is one.
            if Pin::new(&mut self.connection).poll(cx).is_ready() {
                return Poll::Ready(());
            }
            ready!(self.expiry.as_mut().poll(cx));
            let now = Instant::now();
            let Some(expired) = now.checked_sub(IDLE) else { return Poll::Ready(()) };
            let since = match self.progress.close_if_idle(expired, now) {
                // Not later than it may be idle for that long.
                Err(since) => since,
                Ok(()) if self.expired => return Poll::Ready(()),
                Ok(()) => {
                    // Without its link, the connection ends in the orderly way of TLS, for which it has time again.
                    self.expired = true;
                    self.end.remove_closed();
                    now
                }
            };
            let Some(next) = since.checked_add(IDLE) else { return Poll::Ready(()) };
            self.expiry.as_mut().reset(next);
        }
    }
}

/// Removes the connection from the pool when its task ends, also when its runtime ends.
struct End(Weak<Pool>);

impl End {
    fn remove_closed(&self) {
        if let Some(pool) = self.0.upgrade() {
            pool.remove_closed();
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.remove_closed();
    }
}
