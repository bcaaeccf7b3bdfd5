//! A receiver of forwarded callbacks.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Channel, Sender, channel};
use std::thread;

use wechatpay_core::bytes::Bytes;
use wechatpay_core::http::Request;

/// Hands each request to the test, which answers it.
pub(crate) struct Receiver {
    pub(crate) url: String,
    requests: Channel<Offered>,
}

/// A request that waits for its answer.
pub(crate) struct Offered {
    pub(crate) request: Request<Bytes>,
    stream: TcpStream,
}

impl Receiver {
    pub(crate) fn new() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub(crate) fn on(socket: TcpListener) -> Self {
        let url = format!("http://{}/hook?a=b", socket.local_addr().unwrap());
        let (sender, requests) = channel();
        thread::spawn(move || {
            for stream in socket.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                thread::spawn(move || read(stream, &sender));
            }
        });
        Self { url, requests }
    }

    /// Waits for the next request.
    pub(crate) fn next(&self) -> Offered {
        self.requests.recv().unwrap()
    }

    /// Whether nothing else has arrived.
    pub(crate) fn is_quiet(&self) -> bool {
        self.requests.try_recv().is_err()
    }
}

impl Offered {
    /// The id of the notification.
    pub(crate) fn id(&self) -> String {
        let body: serde_json::Value = serde_json::from_slice(self.request.body()).unwrap();
        body["id"].as_str().unwrap().to_owned()
    }

    /// Answers with a status, and returns the id of the notification.
    pub(crate) fn answer(mut self, status: u16) -> String {
        let id = self.id();
        self.write(status);
        id
    }

    /// Answers what is no callback.
    pub(crate) fn refuse(mut self) {
        self.write(404);
    }

    fn write(&mut self, status: u16) {
        write!(self.stream, "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
    }
}

fn read(stream: TcpStream, sender: &Sender<Offered>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let Some(target) = line.split(' ').nth(1) else { return };
    let mut request = Request::builder().method(line.split(' ').next().unwrap()).uri(target);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
        request = request.header(name, value);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    // If the test is over, nobody waits.
    let _ = sender.send(Offered { request: request.body(body.into()).unwrap(), stream });
}
