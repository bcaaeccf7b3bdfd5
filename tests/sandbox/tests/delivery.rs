//! The server delivers notifications by itself: to a listener on a local port, as a merchant has it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test"
)]

mod common;

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use common::{Call, Client, FAVOR, NOW, Reply, credentials, open, terms, verify};
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use serde_json::{Value, json};
use wechatpay_sandbox::{Sandbox, Server};

/// Only so that a test that fails does end.
const LONG: Duration = Duration::from_secs(60);

/// A notification as it arrived.
struct Received {
    line: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What a listener does with a connection.
#[derive(Clone, Copy)]
enum Behaviour {
    Answer(&'static str),
    HangUp,
    /// Says nothing, and keeps the connection.
    Silence,
}

const OK: Behaviour =
    Behaviour::Answer("HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"code\":\"SUCCESS\"}");
const NO_CONTENT: Behaviour = Behaviour::Answer("HTTP/1.1 204 No Content\r\n\r\n");
const FAIL: Behaviour = Behaviour::Answer("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");

/// A merchant that behaves so towards each connection in turn, and tells what it received.
fn merchant(behaviours: Vec<Behaviour>) -> (SocketAddr, mpsc::Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for behaviour in behaviours {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(LONG)).unwrap();
            let mut stream = BufReader::new(stream);
            let received = receive(&mut stream);
            match behaviour {
                Behaviour::Answer(answer) => {
                    stream.get_mut().write_all(answer.as_bytes()).unwrap();
                    // Told first, so that whoever waits for it finds it settled soon, not surely.
                    let _ = sender.send(received);
                }
                Behaviour::HangUp => drop(sender.send(received)),
                Behaviour::Silence => {
                    kept.push(stream);
                    let _ = sender.send(received);
                }
            }
        }
        // Until the test is over.
        let _ = sender.send(Received { line: String::new(), headers: HeaderMap::new(), body: Vec::new() });
        for mut stream in kept {
            let _ = stream.read(&mut [0]);
        }
    });
    (address, receiver)
}

fn receive(stream: &mut BufReader<TcpStream>) -> Received {
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let first = line();
    let mut headers = HeaderMap::new();
    loop {
        let header = line();
        let Some((name, value)) = header.split_once(": ") else { break };
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    Received { line: first, headers, body }
}
