//! A server, and connections that send raw bytes to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response};
use wechatpay_sandbox::Server;

use super::{Call, Client, NOW, Reply, credentials};

/// Starts a server. The client calls the same sandbox without sockets.
pub(crate) fn start() -> (Server, Client) {
    start_at(|| NOW)
}

pub(crate) fn start_at(clock: impl Fn() -> u64 + Send + Sync + Copy + 'static) -> (Server, Client) {
    let client = Client { now: clock(), ..Client::new() };
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    (Server::start(address, client.sandbox.clone(), clock).unwrap(), client)
}

pub(crate) struct Connection(pub(crate) BufReader<TcpStream>);

impl Connection {
    pub(crate) fn open(server: &Server) -> Self {
        Self::of(TcpStream::connect(server.local_addr()).unwrap())
    }

    pub(crate) fn of(stream: TcpStream) -> Self {
        // These timeouts only end failing tests.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// Writes a request. Returns the response, or `None` if the connection is closed.
    pub(crate) fn exchange(&mut self, request: impl AsRef<[u8]>) -> Option<Reply> {
        self.write(request);
        self.read_reply()
    }

    /// Reads the status and headers of a response. Returns `None` if the connection is closed.
    pub(crate) fn read_head(&mut self) -> Option<(u16, HeaderMap)> {
        let (line, headers) = self.read_head_lines()?;
        let status = line.strip_prefix("HTTP/1.1 ").unwrap().split(' ').next().unwrap();
        Some((status.parse().unwrap(), headers))
    }

    /// Reads the first line and the headers of a response or request.
    pub(crate) fn read_head_lines(&mut self) -> Option<(String, HeaderMap)> {
        let mut line = || {
            let mut line = String::new();
            let read = self.0.read_line(&mut line).unwrap_or(0);
            (read > 0).then(|| line.trim_end().to_owned())
        };
        let (first, mut headers) = (line()?, HeaderMap::new());
        loop {
            let header = line()?;
            let Some((name, value)) = header.split_once(": ") else { break };
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        Some((first, headers))
    }

    /// Reads the number of bytes in `Content-Length`.
    pub(crate) fn read_body(&mut self, headers: &HeaderMap) -> Vec<u8> {
        let mut body = vec![0; content_length(headers)];
        self.0.read_exact(&mut body).unwrap();
        body
    }

    pub(crate) fn read_reply(&mut self) -> Option<Reply> {
        let (status, headers) = self.read_head()?;
        let mut response = Response::new(Bytes::from(self.read_body(&headers)));
        *response.status_mut() = status.try_into().unwrap();
        *response.headers_mut() = headers;
        Some(Reply::check(response))
    }
}

/// Returns the value of `Content-Length`, or 0 if it is absent.
pub(crate) fn content_length(headers: &HeaderMap) -> usize {
    headers.get("content-length").map_or(0, |length| length.to_str().unwrap().parse().unwrap())
}

/// The bytes of a control request. `path` is below `/_sandbox`.
pub(crate) fn control(method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!("{method} /_sandbox{path} HTTP/1.1\r\nHost: sandbox\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// The head of a request. `framing` holds the header lines that describe the body.
pub(crate) fn request_head(call: &Call, framing: &str) -> String {
    let (method, target) = (&call.method, &call.target);
    let (authorization, serial) = (call.authorization(), credentials().public_key_id());
    format!(
        "{method} {target} HTTP/1.1\r\nHost: sandbox\r\nAccept: */*\r\nUser-Agent: raw\r\n\
         Authorization: {authorization}\r\nWechatpay-Serial: {serial}\r\n{framing}\r\n"
    )
}

/// The bytes of a whole request.
pub(crate) fn request_bytes(call: &Call) -> Vec<u8> {
    let head = request_head(call, &format!("Content-Length: {}\r\n", call.body.len()));
    [head.as_bytes(), &call.body].concat()
}
