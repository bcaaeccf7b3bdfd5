//! Faults over HTTP, as raw bytes on a socket see them.

use std::io::{BufRead as _, ErrorKind, Read as _};
use std::net::{Shutdown, TcpStream};
use std::thread;

use serde_json::json;
use wechatpay_sandbox::Server;

use crate::common::connection::{Connection, content_length, control, start, whole};
use crate::common::{Call, Client, FAVOR, Reply, Signer, sending, terms};

const HOUR: u64 = 60 * 60 * 1000;

/// A server, a client that reaches it without sockets, and the bytes of a request to send a coupon.
fn sender() -> (Server, Client, Vec<u8>) {
    let (server, client) = start();
    let stock = client.running(&terms("create-1"));
    let call = Call::new("POST", &format!("{FAVOR}/users/o1/coupons"), sending(&stock, "send-1").to_string());
    (server, client, whole(&call))
}

/// Another client is served, whatever goes on elsewhere.
#[track_caller]
fn served(server: &Server) {
    served_on(&mut Connection::open(server), whole(&Call::new("GET", "/v3/certificates", "")));
}

#[track_caller]
fn served_on(connection: &mut Connection, request: impl AsRef<[u8]>) {
    good(connection.ask(request));
}

#[track_caller]
fn good(reply: Option<Reply>) {
    let reply = reply.expect("no answer");
    assert_eq!((reply.status, reply.signer), (200, Some(Signer::PublicKey)));
}

/// A connection on which a request was sent.
fn sent(server: &Server, request: &[u8]) -> Connection {
    let mut connection = Connection::open(server);
    connection.write(request);
    connection
}

/// What comes before the connection is closed, which must be in order and not a reset.
#[track_caller]
fn until_closed(connection: &mut Connection) -> Vec<u8> {
    let mut bytes = Vec::new();
    connection.0.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn faults_are_asked_for_over_http() {
    let (server, client, send) = sender();
    let mut connection = Connection::open(&server);
    let body = json!({ "operation": "coupon.send", "fault": "system_error" }).to_string();
    let faults = json!([{ "operation": "coupon.send", "fault": "system_error", "skip": 0, "times": 1 }]);
    for request in [control("POST", "/faults", &body), control("GET", "/faults", "")] {
        assert_eq!(connection.ask(request).unwrap().ok()["faults"], faults);
    }
    connection.ask(&send).unwrap().refused(500, "SYSTEM_ERROR");
    served_on(&mut connection, &send);
    client.fault(json!({ "operation": "*", "fault": "close_before" }));
    assert_eq!(connection.ask(control("DELETE", "/faults", "")).unwrap().ok()["faults"], json!([]));
    served_on(&mut connection, &send);
}

#[test]
fn connections_are_closed_without_a_byte() {
    let (server, client, send) = sender();
    for (fault, there) in [("close_before", 0), ("close_after", 1)] {
        client.fault(json!({ "fault": fault }));
        let mut connection = Connection::open(&server);
        // It was used before, as those in a pool are.
        served_on(&mut connection, whole(&Call::new("GET", "/v3/certificates", "")));
        connection.write(&send);
        assert_eq!(until_closed(&mut connection), b"", "{fault}");
        assert_eq!(client.count("coupons"), there, "{fault}");
        served(&server);
    }
}

#[test]
fn bodies_are_shorter_than_announced() {
    let (server, client, send) = sender();
    let real = Connection::open(&server).ask(&send).unwrap().body;
    for (fault, announced, comes) in
        [("truncate", real.len(), &real[..real.len() / 2]), ("wrong_length", real.len() + 1, &real[..])]
    {
        client.fault(json!({ "fault": fault }));
        let mut connection = sent(&server, &send);
        let (status, headers) = connection.head().unwrap();
        assert_eq!((status, content_length(&headers)), (200, announced), "{fault}");
        assert_eq!(until_closed(&mut connection), comes, "{fault}");
        served(&server);
    }
    assert_eq!(client.count("coupons"), 1);
}

#[test]
fn a_large_answer_is_made_while_it_is_sent() {
    let (server, client, send) = sender();
    let mut connection = Connection::open(&server);
    let bytes = 5 * 1024 * 1024 + 3;
    client.fault(json!({ "fault": "oversized", "bytes": bytes }));
    connection.write(&send);
    let (status, headers) = connection.head().unwrap();
    assert_eq!(status, 200);
    assert_eq!(headers["transfer-encoding"], "chunked");
    let mut seen = 0;
    loop {
        let mut line = String::new();
        connection.0.read_line(&mut line).unwrap();
        let mut chunk = vec![0; usize::from_str_radix(line.trim_end(), 16).unwrap() + 2];
        connection.0.read_exact(&mut chunk).unwrap();
        let data = chunk.strip_suffix(b"\r\n").unwrap();
        assert!(data.iter().all(|byte| *byte == b' '));
        seen += data.len();
        if data.is_empty() {
            break;
        }
    }
    assert_eq!(seen, bytes);
    served_on(&mut connection, &send);

    // 300 MiB, and a client that has had enough.
    client.fault(json!({ "fault": "oversized" }));
    connection.write(&send);
    connection.0.read_exact(&mut vec![0; 8 * 1024 * 1024]).unwrap();
    drop(connection);
    served(&server);
    assert_eq!(client.count("coupons"), 1);
}

#[test]
fn a_drip_comes_whole_in_the_end() {
    let (server, client, send) = sender();
    client.fault(json!({ "fault": "drip", "milliseconds": 1 }));
    let mut connection = Connection::open(&server);
    served_on(&mut connection, &send);
    served_on(&mut connection, &send);
    // Its head comes at once.
    client.fault(json!({ "fault": "drip", "milliseconds": HOUR }));
    connection.write(&send);
    let (status, headers) = connection.head().unwrap();
    assert_eq!(status, 200);
    assert!(content_length(&headers) > 0);
    quiet(&connection);
    served(&server);
}

/// Nothing has come and the connection is open.
#[track_caller]
fn quiet(connection: &Connection) {
    assert!(connection.0.buffer().is_empty());
    let stream = connection.0.get_ref();
    stream.set_nonblocking(true).unwrap();
    assert_eq!(stream.peek(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    stream.set_nonblocking(false).unwrap();
}

/// Sends a request and waits until it was acted on.
fn acted_on(server: &Server, client: &Client, send: &[u8]) -> Connection {
    let connection = sent(server, send);
    while client.count("coupons") == 0 {
        thread::yield_now();
    }
    connection
}

#[test]
fn a_delay_holds_up_nobody_else() {
    let (server, client, send) = sender();
    client.fault(json!({ "fault": "delay", "milliseconds": HOUR }));
    let delayed = acted_on(&server, &client, &send);
    served(&server);
    quiet(&delayed);
    // After its own, an answer is like any other.
    client.fault(json!({ "fault": "delay", "milliseconds": 1 }));
    let mut connection = Connection::open(&server);
    served_on(&mut connection, [&send[..], &send[..]].concat());
    good(connection.reply());
}

#[test]
fn silence_lasts_until_the_client_goes() {
    let (server, client, send) = sender();
    client.fault(json!({ "fault": "never_answers" }));
    let mut silent = acted_on(&server, &client, &send);
    served(&server);
    quiet(&silent);
    silent.0.get_ref().shutdown(Shutdown::Write).unwrap();
    assert_eq!(until_closed(&mut silent), b"");
    served(&server);
}

#[test]
fn a_server_ends_whatever_is_under_way() {
    for fault in [
        json!({ "fault": "delay", "milliseconds": HOUR }),
        json!({ "fault": "never_answers" }),
        json!({ "fault": "drip", "milliseconds": HOUR }),
        json!({ "fault": "oversized" }),
    ] {
        let (server, client, send) = sender();
        client.fault(fault.clone());
        let mut open = acted_on(&server, &client, &send);
        let address = server.local_addr();
        drop(server);
        assert!(TcpStream::connect(address).is_err());
        // It ends, with an error or without.
        let _ = open.0.read_to_end(&mut Vec::new()).map_err(|error| {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{fault}");
        });
    }
}

#[test]
fn other_answers_leave_the_connection_as_it_is() {
    let (server, client, send) = sender();
    let mut connection = Connection::open(&server);
    for (fault, status) in [
        ("rate_limited", 429),
        ("system_error", 500),
        ("unavailable", 503),
        ("accepted", 202),
        ("redirect", 302),
        ("unsigned", 200),
    ] {
        client.fault(json!({ "fault": fault }));
        let reply = connection.ask(&send).unwrap();
        assert_eq!(reply.status, status, "{fault}");
        if status == 302 {
            // Whoever follows it finds nothing.
            let location = reply.header("location");
            let followed = connection.ask(format!("GET {location} HTTP/1.1\r\nHost: sandbox\r\n\r\n"));
            followed.unwrap().refused(404, "RESOURCE_NOT_EXISTS");
        }
    }
    for fault in ["bad_gateway", "wrong_signature", "unknown_serial", "signature_probe", "stale_timestamp"] {
        client.fault(json!({ "fault": fault }));
        connection.write(&send);
        let (status, headers) = connection.head().unwrap();
        assert_eq!(status, if fault == "bad_gateway" { 502 } else { 200 }, "{fault}");
        connection.body(&headers);
    }
    served_on(&mut connection, &send);
    assert_eq!(client.count("coupons"), 1);
}
