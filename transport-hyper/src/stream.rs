//! What requests and responses go through.

use tokio::io::{AsyncRead, AsyncWrite};

/// A connection whose type is erased: TCP, TLS, or what a connector of the caller's makes.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}
