//! Accepts connections on several sockets.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::net::{TcpListener, TcpStream};

/// The sockets of one server, such as those for IPv4 and IPv6.
pub(crate) struct Listeners(Vec<TcpListener>);

impl Listeners {
    pub(crate) fn new(listeners: impl IntoIterator<Item = TcpListener>) -> Self {
        Self(listeners.into_iter().collect())
    }

    /// Returns the next connection on any of the sockets.
    pub(crate) async fn accept(&self) -> io::Result<TcpStream> {
        poll_fn(|context| {
            for listener in &self.0 {
                if let Poll::Ready(accepted) = listener.poll_accept(context) {
                    return Poll::Ready(accepted.map(|(stream, _)| stream));
                }
            }
            Poll::Pending
        })
        .await
    }
}
