//! Accepts connections on several sockets.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::tls::Tls;

/// A socket of a server, for plain HTTP or for HTTPS.
pub struct Listener {
    socket: TcpListener,
    acceptor: Option<TlsAcceptor>,
}

impl Listener {
    /// A socket for HTTPS.
    pub fn tls(socket: TcpListener, tls: &Tls) -> Self {
        Self { socket, acceptor: Some(tls.acceptor()) }
    }
}

/// A socket for plain HTTP.
impl From<TcpListener> for Listener {
    fn from(socket: TcpListener) -> Self {
        Self { socket, acceptor: None }
    }
}

/// The sockets of one server, such as those for IPv4 and IPv6.
pub(crate) struct Listeners(Vec<Listener>);

/// A new connection. With an acceptor, it begins with a TLS handshake.
pub(crate) struct Accepted {
    pub(crate) stream: TcpStream,
    pub(crate) acceptor: Option<TlsAcceptor>,
}

impl Listeners {
    pub(crate) fn new(listeners: impl IntoIterator<Item = impl Into<Listener>>) -> Self {
        Self(listeners.into_iter().map(Into::into).collect())
    }

    /// Returns the next connection on any of the sockets.
    pub(crate) async fn accept(&self) -> io::Result<Accepted> {
        poll_fn(|context| {
            for Listener { socket, acceptor } in &self.0 {
                if let Poll::Ready(accepted) = socket.poll_accept(context) {
                    let acceptor = acceptor.clone();
                    return Poll::Ready(accepted.map(|(stream, _)| Accepted { stream, acceptor }));
                }
            }
            Poll::Pending
        })
        .await
    }
}
