//! A server on a real socket that sends prepared responses.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

/// A server on a free port that records the requests it receives.
pub struct Scripted {
    /// The base URL.
    pub url: String,
    received: mpsc::Receiver<Received>,
}

/// A received request.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    /// The request line and the headers, including the empty line at the end.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Scripted {
    /// Sends the next of these byte strings in response to each request, and then closes the connection. `script` is
    /// called with the base URL and returns the byte strings.
    pub fn start(script: impl FnOnce(&str) -> Vec<Vec<u8>>) -> Self {
        let (listener, url) = listener();
        let responses = script(&url);
        let (sender, received) = mpsc::channel();
        thread::spawn(move || {
            for response in responses {
                let (stream, _) = listener.accept().unwrap();
                let _ = sender.send(read_request(&stream));
                // An error is fine here: some clients stop reading on purpose.
                let _ = (&stream).write_all(&response);
            }
        });
        Self { url, received }
    }

    /// Waits for the next request.
    pub fn next(&self) -> Received {
        self.received.recv_timeout(Duration::from_secs(30)).unwrap()
    }

    /// All requests. Waits until every prepared response has been sent.
    pub fn all(self) -> Vec<Received> {
        self.received.iter().collect()
    }

    /// Whether the server has not received any request yet. Uses up one prepared response.
    pub fn received_nothing(&self) -> bool {
        // Connections are accepted in order: if the first request is this one, there was none before it.
        let mut stream = TcpStream::connect(self.url.strip_prefix("http://").unwrap()).unwrap();
        stream.write_all(b"GET /probe HTTP/1.1\r\n\r\n").unwrap();
        self.next().head.starts_with("GET /probe ")
    }
}

impl Received {
    /// The request, parsed.
    pub fn request(&self) -> Request<Vec<u8>> {
        let mut lines = self.head.lines();
        let mut line = lines.next().unwrap().split(' ');
        let mut request = Request::builder().method(line.next().unwrap()).uri(line.next().unwrap());
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            request = request.header(name, value);
        }
        request.body(self.body.clone()).unwrap()
    }
}

/// A listener on a free port, and its base URL.
pub fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// Reads one request. The head is empty if the client closed the connection.
pub fn read_request(stream: impl Read) -> Received {
    let mut reader = BufReader::new(stream);
    let (mut head, mut len) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            len = value.trim().parse().unwrap();
        }
        head.push_str(&line);
        if line == "\r\n" || line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; len];
    reader.read_exact(&mut body).unwrap();
    Received { head, body }
}

/// The bytes of a response in HTTP/1.1.
pub fn wire(response: &Response<Bytes>) -> Vec<u8> {
    let mut wire = format!("HTTP/1.1 {} X\r\n", response.status().as_u16()).into_bytes();
    for (name, value) in response.headers() {
        wire.extend_from_slice(format!("{name}: ").as_bytes());
        wire.extend_from_slice(value.as_bytes());
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(
        format!("content-length: {}\r\nconnection: close\r\n\r\n", response.body().len()).as_bytes(),
    );
    wire.extend_from_slice(response.body());
    wire
}

/// The bytes of an unsigned response in HTTP/1.1.
pub fn unsigned_wire(status: u16, body: &str) -> Vec<u8> {
    wire(&crate::unsigned(status, body))
}

/// The body of a response that links to a file on this server with this hash.
pub fn link(url: &str, sha1: &str) -> String {
    format!(r#"{{"url":"{url}/v3/billdownload/file?token=x%2Fy","hash_value":"{sha1}","hash_type":"SHA1"}}"#)
}

/// The content of a file.
pub const ABC: &str = "abc";
/// `printf abc | sha1sum`.
pub const ABC_SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

/// Serves each connection on its own thread by calling `serve` with the number of earlier connections. Returns the
/// base URL.
pub fn serve_connections(serve: impl Fn(TcpStream, usize) + Clone + Send + 'static) -> String {
    let (listener, url) = listener();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let (serve, stream) = (serve.clone(), stream.unwrap());
            thread::spawn(move || serve(stream, number));
        }
    });
    url
}

/// Serves one connection on another thread. Returns the thread and the base URL.
pub fn serve_one_connection<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (JoinHandle<T>, String) {
    let (listener, url) = listener();
    (thread::spawn(move || serve(listener.accept().unwrap().0)), url)
}

/// An address that drops the packets of new connections, as a host behind a firewall does: its listener accepts nothing,
/// and its queue is full.
pub struct Unresponsive {
    /// The address.
    pub address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
    _listener: tokio::net::TcpListener,
    _queue: Vec<TcpStream>,
}

impl Unresponsive {
    /// Fills the queue of a new listener, until a connection to it is not made.
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let listener = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
            socket.listen(1).unwrap()
        });
        let (address, mut queue) = (listener.local_addr().unwrap(), Vec::new());
        loop {
            match TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
                Ok(stream) => queue.push(stream),
                Err(error) => {
                    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut, "{error}");
                    return Self { address, _runtime: runtime, _listener: listener, _queue: queue };
                }
            }
            assert!(queue.len() < 64, "this system queues more connections than a listener asks for");
        }
    }
}

/// A proxy that connects to `target`, or to the host in the request. Returns its address and the heads of the requests.
pub fn proxy(target: Option<String>) -> (String, mpsc::Receiver<String>) {
    let (sender, heads) = mpsc::channel();
    let url = serve_connections(move |mut client, _| {
        let head = read_head(&mut client);
        let host = head.split(' ').nth(1).unwrap_or_default().to_owned();
        sender.send(head).unwrap();
        let Ok(upstream) = TcpStream::connect(target.as_ref().unwrap_or(&host)) else { return };
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
        thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
        let _ = std::io::copy(&mut &upstream, &mut client);
        let _ = client.shutdown(std::net::Shutdown::Write);
    });
    (url.replace("http://", ""), heads)
}

/// Reads up to the empty line, and not a byte more.
pub fn read_head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or_default() == 1 {
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}
