use std::io::Write as _;

use ureq::unversioned::transport::Transport as _;
use wechatpay_core::error::Phase;
use wechatpay_core::http::Uri;
use wechatpay_core::settings::Proxy;
use wechatpay_core::zeroize::Zeroizing;

use super::{Budget, Peer, Socket};
use crate::failure::Failure;

/// The maximum size of a proxy's response, in bytes.
const RESPONSE: usize = 16 * 1024;

/// Makes the proxy connect to the host of `target`, with CONNECT.
pub(super) fn open(socket: &mut Socket, proxy: &Proxy, target: &Uri, budget: &Budget) -> Result<(), Failure> {
    let peer = Peer::of_proxy(proxy);
    let failure = |text: String| Failure::new(Phase::Connect, format!("{peer} {text}"));
    let late = || failure(format!("did not connect within {budget}"));
    let failed = |error| match error {
        ureq::Error::Timeout(_) => late(),
        error => failure("broke the connection".to_owned()).because(error),
    };
    let server = Peer::of_url(target).ok_or_else(|| failure("was given no host to connect to".to_owned()))?;
    socket.write(&request(proxy, server), budget.timeout()).map_err(failed)?;
    loop {
        budget.left().ok_or_else(late)?;
        if !socket.await_input(budget.timeout()).map_err(failed)? {
            return Err(failure("closed the connection before it answered".to_owned()));
        }
        let input = socket.buffers().input();
        if let Some(end) = input.windows(4).position(|window| window == b"\r\n\r\n") {
            let status = status(input);
            socket.buffers().input_consume(end.saturating_add(4));
            return match status {
                Some(200..=299) => Ok(()),
                Some(407) => {
                    let credentials = match proxy.credentials() {
                        Some(_) => "does not accept the user name and the password",
                        None => "wants a user name and a password",
                    };
                    Err(failure(format!("{credentials} (status 407)")))
                }
                Some(status) => Err(failure(format!("refused to connect to {server} (status {status})"))),
                None => Err(failure("did not answer with HTTP".to_owned())),
            };
        }
        if input.len() > RESPONSE {
            return Err(failure(format!("sent an endless response (more than {RESPONSE} bytes)")));
        }
        // Nothing is consumed, so that the next call waits for more.
        socket.buffers().input_consume(0);
    }
}

/// The whole request, so that it is sent in one piece. It contains the credentials.
fn request(proxy: &Proxy, server: Peer<'_>) -> Zeroizing<Vec<u8>> {
    // Enough for the credentials, so that no copy of them is left behind by a reallocation.
    let mut request = Zeroizing::new(Vec::with_capacity(8 * 1024));
    // Writing to memory does not fail.
    let _ = write!(request, "CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n");
    if let Some(authorization) = proxy.authorization() {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request
}

/// Returns the status of a response such as `HTTP/1.1 200 OK`.
fn status(head: &[u8]) -> Option<u16> {
    let rest = head.strip_prefix(b"HTTP/1.")?;
    let code = std::str::from_utf8(rest.get(2..5)?).ok()?;
    let ends = matches!(rest.get(5), Some(b' ' | b'\r'));
    code.parse().ok().filter(|_| ends && rest.get(1) == Some(&b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_from_the_first_line() {
        for (head, expected) in [
            ("HTTP/1.1 200 OK\r\n", Some(200)),
            ("HTTP/1.0 407\r\n", Some(407)),
            ("HTTP/1.1 20\r\n", None),
            ("HTTP/1.1 2000 OK\r\n", None),
            ("HTTP/2 200 OK\r\n", None),
            ("SSH-2.0-OpenSSH\r\n", None),
            ("", None),
        ] {
            assert_eq!(status(head.as_bytes()), expected, "{head}");
        }
    }

    #[test]
    fn the_request_names_the_server_and_has_the_credentials() {
        let url = "https://[::1]/".parse().unwrap();
        let server = Peer::of_url(&url).unwrap();
        let with =
            |proxy: &str| String::from_utf8(request(&Proxy::parse(proxy).unwrap(), server).to_vec()).unwrap();
        assert_eq!(with("http://proxy:1"), "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n");
        assert!(with("http://u:p@proxy").ends_with("443\r\nProxy-Authorization: Basic dTpw\r\n\r\n"));
    }
}
