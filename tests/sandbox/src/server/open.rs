//! The begin of a connection, up to where HTTP begins.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::server::limits::Limits;

/// A connection on which requests arrive.
pub(super) struct Opened {
    pub(super) stream: Box<dyn Stream>,
    pub(super) protocol: Protocol,
    /// Its place among the connections that may be open.
    pub(super) place: Option<OwnedSemaphorePermit>,
}

/// How requests arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Https,
    /// Plain HTTP where HTTPS is expected.
    WrongScheme,
}

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Opened {
    pub(super) fn plain(stream: TcpStream, place: Option<OwnedSemaphorePermit>) -> Self {
        Self { stream: Box::new(stream), protocol: Protocol::Http, place }
    }

    /// Makes the TLS handshake. Returns `None` if it fails or takes longer than a head may.
    pub(super) async fn by_handshake(
        stream: TcpStream,
        place: Option<OwnedSemaphorePermit>,
        acceptor: TlsAcceptor,
        limits: Limits,
    ) -> Option<Self> {
        let (stream, protocol) = timeout(limits.head, handshake(stream, acceptor)).await.ok()?.ok()?;
        Some(Self { stream, protocol, place })
    }
}

async fn handshake(stream: TcpStream, acceptor: TlsAcceptor) -> io::Result<(Box<dyn Stream>, Protocol)> {
    let mut first = [0];
    stream.peek(&mut first).await?;
    // The method of a request. A record of TLS begins with its type, at most 24.
    if first.iter().all(u8::is_ascii_uppercase) {
        return Ok((Box::new(stream), Protocol::WrongScheme));
    }
    Ok((Box::new(acceptor.accept(stream).await?), Protocol::Https))
}
