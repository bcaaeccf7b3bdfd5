//! One HTTP request over one connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use wechatpay_core::bytes::Bytes;
use wechatpay_core::http::Request;

/// Sends a request to the host and path of a URL. Returns the whole response.
pub(crate) fn send(url: &str, request: &Request<Bytes>) -> String {
    try_send(url, request).unwrap()
}

pub(crate) fn try_send(url: &str, request: &Request<Bytes>) -> std::io::Result<String> {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut head = format!("{} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", request.method());
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != "host") {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", request.body().len()));
    let mut stream = TcpStream::connect(host)?;
    // The server may answer before it has read all.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(request.body()));
    let mut response = Vec::new();
    let read = stream.read_to_end(&mut response);
    match response.is_empty() {
        true => read.and(Err(std::io::ErrorKind::UnexpectedEof.into())),
        false => Ok(String::from_utf8(response).unwrap()),
    }
}

/// The status of a response.
pub(crate) fn status(response: &str) -> u16 {
    response.split(' ').nth(1).unwrap().parse().unwrap()
}
