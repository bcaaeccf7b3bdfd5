//! A server, and raw bytes on a socket to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use wechatpay_sandbox::{Sandbox, Server};

use super::{Call, NOW, Reply, credentials};

pub(crate) fn start() -> (Server, Sandbox) {
    let sandbox = Sandbox::new(credentials().clone()).unwrap();
    let server = Server::start(SocketAddr::from(([127, 0, 0, 1], 0)), sandbox.clone(), || NOW).unwrap();
    (server, sandbox)
}

pub(crate) struct Connection(pub(crate) BufReader<TcpStream>);

impl Connection {
    pub(crate) fn open(server: &Server) -> Self {
        let stream = TcpStream::connect(server.local_addr()).unwrap();
        // Only so that a test that fails does end.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// Status line and headers; `None` when the connection ended instead.
    pub(crate) fn head(&mut self) -> Option<(u16, Vec<(String, String)>)> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap_or(0) == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let status = lines.remove(0);
        let status = status.strip_prefix("HTTP/1.1 ").unwrap().split(' ').next().unwrap().parse().unwrap();
        let headers = lines.iter().map(|line| line.split_once(": ").unwrap());
        Some((status, headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect()))
    }

    pub(crate) fn reply(&mut self) -> Option<Reply> {
        let (status, headers) = self.head()?;
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
        self.0.read_exact(&mut body).unwrap();
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        Some(Reply::check(response.body(Bytes::from(body)).unwrap()))
    }
}

/// A request's head, with these lines that say how the body comes.
pub(crate) fn head(call: &Call, framing: &str) -> String {
    let (method, target) = (&call.method, &call.target);
    let (authorization, serial) = (call.authorization(), credentials().public_key_id());
    format!(
        "{method} {target} HTTP/1.1\r\nHost: sandbox\r\nAccept: */*\r\nUser-Agent: raw\r\n\
         Authorization: {authorization}\r\nWechatpay-Serial: {serial}\r\n{framing}\r\n"
    )
}

pub(crate) fn whole(call: &Call) -> Vec<u8> {
    let head = head(call, &format!("Content-Length: {}\r\n", call.body.len()));
    [head.as_bytes(), &call.body].concat()
}
