//! Looks names up.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::thread;

use tokio::sync::oneshot;

/// Looks a host name up with the functions of the operating system. They block and cannot be cancelled, so they run in a
/// thread of their own. When the future is dropped, the thread ends by itself, and nobody waits for it. A pool of threads,
/// such as tokio's, would be full after some lookups without an answer, and a runtime waits for such threads when it ends.
pub(crate) async fn lookup(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let (sender, found) = oneshot::channel();
    let host = host.to_owned();
    let thread = thread::Builder::new().name("wechatpay-dns".to_owned()).spawn(move || {
        let addresses = (host.as_str(), port).to_socket_addrs();
        // It fails if nobody waits any more.
        let _ = sender.send(addresses.map(Iterator::collect));
    });
    if let Err(error) = thread {
        return Err(io::Error::new(
            error.kind(),
            format!("no thread can be started for the lookup: {error}"),
        ));
    }
    found.await.unwrap_or_else(|_| Err(io::Error::other("the thread of the lookup ended without a result")))
}
