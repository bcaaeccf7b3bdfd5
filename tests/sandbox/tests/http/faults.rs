//! Faults over HTTP.

use std::io::{BufRead as _, ErrorKind, Read as _};
use std::net::{Shutdown, TcpStream};
use std::thread;

use serde_json::json;
use wechatpay_sandbox::Server;

use crate::common::connection::{Connection, content_length, control, request_bytes, start};
use crate::common::{Call, Client, FAVOR, Reply, Signer, send_body, terms};

const HOUR: u64 = 60 * 60 * 1000;

/// Returns a server, a client that calls its sandbox without sockets, and the bytes of a request to send a coupon.
fn server_with_send_request() -> (Server, Client, Vec<u8>) {
    let (server, client) = start();
    let stock = client.create_and_start(&terms("create-1"));
    let call =
        Call::new("POST", &format!("{FAVOR}/users/o1/coupons"), send_body(&stock, "send-1").to_string());
    (server, client, request_bytes(&call))
}

/// Asserts that the server responds on a new connection.
#[track_caller]
fn assert_serves(server: &Server) {
    assert_served_on(&mut Connection::open(server), request_bytes(&Call::new("GET", "/v3/certificates", "")));
}

#[track_caller]
fn assert_served_on(connection: &mut Connection, request: impl AsRef<[u8]>) {
    assert_signed_ok(connection.exchange(request));
}

#[track_caller]
fn assert_signed_ok(reply: Option<Reply>) {
    let reply = reply.expect("no response");
    assert_eq!((reply.status, reply.signer), (200, Some(Signer::PublicKey)));
}

/// Opens a connection and sends a request.
fn connect_and_send(server: &Server, request: &[u8]) -> Connection {
    let mut connection = Connection::open(server);
    connection.write(request);
    connection
}

/// Reads until the connection is closed. Panics if it is reset.
#[track_caller]
fn read_until_closed(connection: &mut Connection) -> Vec<u8> {
    let mut bytes = Vec::new();
    connection.0.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn faults_are_added_listed_and_removed_over_http() {
    let (server, client, send) = server_with_send_request();
    let mut connection = Connection::open(&server);
    let body = json!({ "operation": "coupon.send", "fault": "system_error" }).to_string();
    let faults =
        json!([{ "id": 1, "operation": "coupon.send", "fault": "system_error", "skip": 0, "times": 1 }]);
    for request in [control("POST", "/faults", &body), control("GET", "/faults", "")] {
        assert_eq!(connection.exchange(request).unwrap().ok()["faults"], faults);
    }
    connection.exchange(&send).unwrap().assert_error(500, "SYSTEM_ERROR");
    assert_served_on(&mut connection, &send);
    client.add_fault(json!({ "operation": "*", "fault": "close_before" }));
    assert_eq!(connection.exchange(control("DELETE", "/faults", "")).unwrap().ok()["faults"], json!([]));
    assert_served_on(&mut connection, &send);
}

#[test]
fn close_faults_close_the_connection_without_a_byte() {
    let (server, client, send) = server_with_send_request();
    for (fault, coupons) in [("close_before", 0), ("close_after", 1)] {
        client.add_fault(json!({ "fault": fault }));
        let mut connection = Connection::open(&server);
        // The connection was used before, like one from a pool.
        assert_served_on(&mut connection, request_bytes(&Call::new("GET", "/v3/certificates", "")));
        connection.write(&send);
        assert_eq!(read_until_closed(&mut connection), b"", "{fault}");
        assert_eq!(client.count("coupons"), coupons, "{fault}");
        assert_serves(&server);
    }
}

#[test]
fn truncate_and_wrong_length_send_less_than_content_length() {
    let (server, client, send) = server_with_send_request();
    let real = Connection::open(&server).exchange(&send).unwrap().body;
    for (fault, announced, received) in
        [("truncate", real.len(), &real[..real.len() / 2]), ("wrong_length", real.len() + 1, &real[..])]
    {
        client.add_fault(json!({ "fault": fault }));
        let mut connection = connect_and_send(&server, &send);
        let (status, headers) = connection.read_head().unwrap();
        assert_eq!((status, content_length(&headers)), (200, announced), "{fault}");
        assert_eq!(read_until_closed(&mut connection), received, "{fault}");
        assert_serves(&server);
    }
    assert_eq!(client.count("coupons"), 1);
}

#[test]
fn an_oversized_body_is_generated_while_it_is_sent() {
    let (server, client, send) = server_with_send_request();
    let mut connection = Connection::open(&server);
    let bytes = 5 * 1024 * 1024 + 3;
    client.add_fault(json!({ "fault": "oversized", "bytes": bytes }));
    connection.write(&send);
    let (status, headers) = connection.read_head().unwrap();
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
    assert_served_on(&mut connection, &send);

    // The default of 300 MiB, and a client that disconnects after 8 MiB.
    client.add_fault(json!({ "fault": "oversized" }));
    connection.write(&send);
    connection.0.read_exact(&mut vec![0; 8 * 1024 * 1024]).unwrap();
    drop(connection);
    assert_serves(&server);
    assert_eq!(client.count("coupons"), 1);
}

#[test]
fn a_dripped_response_is_complete() {
    let (server, client, send) = server_with_send_request();
    client.add_fault(json!({ "fault": "drip", "milliseconds": 1 }));
    let mut connection = Connection::open(&server);
    assert_served_on(&mut connection, &send);
    assert_served_on(&mut connection, &send);
    // The head is sent immediately.
    client.add_fault(json!({ "fault": "drip", "milliseconds": HOUR }));
    connection.write(&send);
    let (status, headers) = connection.read_head().unwrap();
    assert_eq!(status, 200);
    assert!(content_length(&headers) > 0);
    assert_nothing_received(&connection);
    assert_serves(&server);
}

/// Asserts that no data was received and that the connection is open.
#[track_caller]
fn assert_nothing_received(connection: &Connection) {
    assert!(connection.0.buffer().is_empty());
    let stream = connection.0.get_ref();
    stream.set_nonblocking(true).unwrap();
    assert_eq!(stream.peek(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    stream.set_nonblocking(false).unwrap();
}

/// Sends a request and waits until the sandbox has processed it.
fn send_and_wait_until_processed(server: &Server, client: &Client, send: &[u8]) -> Connection {
    let connection = connect_and_send(server, send);
    while client.count("coupons") == 0 {
        thread::yield_now();
    }
    connection
}

#[test]
fn a_delay_does_not_affect_other_connections() {
    let (server, client, send) = server_with_send_request();
    client.add_fault(json!({ "fault": "delay", "milliseconds": HOUR }));
    let delayed = send_and_wait_until_processed(&server, &client, &send);
    assert_serves(&server);
    assert_nothing_received(&delayed);
    // After a delayed response, the connection works as before.
    client.add_fault(json!({ "fault": "delay", "milliseconds": 1 }));
    let mut connection = Connection::open(&server);
    assert_served_on(&mut connection, [&send[..], &send[..]].concat());
    assert_signed_ok(connection.read_reply());
}

#[test]
fn never_answers_keeps_the_connection_open_until_the_client_closes_it() {
    let (server, client, send) = server_with_send_request();
    client.add_fault(json!({ "fault": "never_answers" }));
    let mut silent = send_and_wait_until_processed(&server, &client, &send);
    assert_serves(&server);
    assert_nothing_received(&silent);
    silent.0.get_ref().shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_until_closed(&mut silent), b"");
    assert_serves(&server);
}

#[test]
fn stopping_the_server_ends_responses_in_flight() {
    for fault in [
        json!({ "fault": "delay", "milliseconds": HOUR }),
        json!({ "fault": "never_answers" }),
        json!({ "fault": "drip", "milliseconds": HOUR }),
        json!({ "fault": "oversized" }),
    ] {
        let (server, client, send) = server_with_send_request();
        client.add_fault(fault.clone());
        let mut open = send_and_wait_until_processed(&server, &client, &send);
        let address = server.local_addr();
        drop(server);
        assert!(TcpStream::connect(address).is_err());
        // The connection may be closed or reset.
        let _ = open.0.read_to_end(&mut Vec::new()).map_err(|error| {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{fault}");
        });
    }
}

#[test]
fn faults_that_only_change_the_response_keep_the_connection_open() {
    let (server, client, send) = server_with_send_request();
    let mut connection = Connection::open(&server);
    for (fault, status) in [
        ("rate_limited", 429),
        ("system_error", 500),
        ("unavailable", 503),
        ("accepted", 202),
        ("redirect", 302),
        ("unsigned", 200),
    ] {
        client.add_fault(json!({ "fault": fault }));
        let reply = connection.exchange(&send).unwrap();
        assert_eq!(reply.status, status, "{fault}");
        if status == 302 {
            // The default target of the redirect does not exist.
            let location = reply.header("location");
            let followed = connection.exchange(format!("GET {location} HTTP/1.1\r\nHost: sandbox\r\n\r\n"));
            followed.unwrap().assert_error(404, "RESOURCE_NOT_EXISTS");
        }
    }
    for fault in ["bad_gateway", "wrong_signature", "unknown_serial", "signature_probe", "stale_timestamp"] {
        client.add_fault(json!({ "fault": fault }));
        connection.write(&send);
        let (status, headers) = connection.read_head().unwrap();
        assert_eq!(status, if fault == "bad_gateway" { 502 } else { 200 }, "{fault}");
        connection.read_body(&headers);
    }
    assert_served_on(&mut connection, &send);
    assert_eq!(client.count("coupons"), 1);
}
