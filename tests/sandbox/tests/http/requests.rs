//! Requests and responses of the HTTP server.

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};

use http::HeaderMap;
use serde_json::Value;
use wechatpay_sandbox::Server;

use crate::common::connection::{Connection, request_bytes, request_head, start};
use crate::common::{Call, DAY, FAVOR, Reply, Signer, terms};

const LIMIT: usize = 4 * 1024 * 1024;

fn create(number: &str) -> Call {
    Call::new("POST", &format!("{FAVOR}/coupon-stocks"), terms(number).to_string())
}

#[track_caller]
fn assert_signed_ok(reply: Option<Reply>) -> Value {
    let reply = reply.expect("no response");
    assert_eq!(reply.signer, Some(Signer::PublicKey), "{reply:?}");
    reply.ok()
}

/// Returns the number of stocks, requested on a new connection.
#[track_caller]
fn stocks(server: &Server) -> Value {
    assert_signed_ok(Connection::open(server).exchange(request_bytes(&Call::list_of_stocks())))["total_count"]
        .take()
}

#[test]
fn a_link_to_a_flow_file_has_the_host_of_the_request() {
    let (server, client) = start();
    let stock = client.create_and_start(&terms("create-1"));
    let coupon = client.send_ok("o1", &stock, "send-1");
    client.redeem(&coupon).ok();
    client.advance(10 * DAY);
    let mut connection = Connection::open(&server);
    let link = assert_signed_ok(connection.exchange(request_bytes(&Call::new(
        "GET",
        &format!("{FAVOR}/stocks/{stock}/use-flow"),
        "",
    ))));
    let target = link["url"].as_str().unwrap().strip_prefix("http://sandbox").unwrap();
    let file = connection.exchange(request_bytes(&Call::new("GET", target, ""))).unwrap();
    assert_eq!(file.status, 200);
    assert!(file.body.ends_with("总条数\r\n`1\r\n".as_bytes()), "{file:?}");
}

#[test]
fn the_server_returns_its_address_and_url() {
    let (server, _) = start();
    assert_ne!(server.local_addr().port(), 0);
    assert_eq!(server.url(), format!("http://127.0.0.1:{}", server.local_addr().port()));
}

#[test]
fn a_connection_serves_several_requests() {
    let (server, _) = start();
    let mut connection = Connection::open(&server);
    let created = assert_signed_ok(connection.exchange(request_bytes(&create("create-1"))));
    let listed = assert_signed_ok(connection.exchange(request_bytes(&Call::list_of_stocks())));
    assert_eq!(listed["data"][0]["stock_id"], created["stock_id"]);
    // The connection stays open after an error and after an empty response.
    let mut wrong = Call::list_of_stocks();
    wrong.mchid = "1".to_owned();
    connection.exchange(request_bytes(&wrong)).unwrap().assert_unsigned().assert_error(401, "SIGN_ERROR");
    assert_eq!(connection.exchange("GET /nothing HTTP/1.1\r\nHost: sandbox\r\n\r\n").unwrap().status, 404);
    // Two pipelined requests.
    assert_eq!(
        assert_signed_ok(
            connection.exchange(
                [request_bytes(&Call::list_of_stocks()), request_bytes(&create("create-2"))].concat()
            )
        )["total_count"],
        1
    );
    assert_ne!(assert_signed_ok(connection.read_reply())["stock_id"], created["stock_id"]);
}

#[test]
fn a_request_body_may_be_chunked() {
    let (server, _) = start();
    let call = create("create-1");
    let mut connection = Connection::open(&server);
    connection.write(request_head(&call, "Transfer-Encoding: chunked\r\n"));
    for chunk in call.body.chunks(7) {
        connection.write([format!("{:x};x=y\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    }
    assert_signed_ok(connection.exchange("0\r\n\r\n"));
    assert_eq!(
        assert_signed_ok(connection.exchange(request_bytes(&Call::list_of_stocks())))["total_count"],
        1
    );
}

#[test]
fn a_client_may_wait_for_100_continue() {
    let (server, _) = start();
    let call = create("create-1");
    let mut connection = Connection::open(&server);
    connection.write(request_head(
        &call,
        &format!("Expect: 100-continue\r\nContent-Length: {}\r\n", call.body.len()),
    ));
    assert_eq!(connection.read_head(), Some((100, HeaderMap::new())));
    assert_signed_ok(connection.exchange(&call.body));
}

#[test]
fn garbage_on_one_connection_does_not_affect_the_others() {
    let (server, _) = start();
    let mut good = Connection::open(&server);
    assert_signed_ok(good.exchange(request_bytes(&create("create-1"))));
    for garbage in [
        &b"\0\xff\xfe\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v3/certificates HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v3/certificates HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /v3/certificates HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nshort",
        b"GET /v3/cert",
        b"",
    ] {
        let mut bad = Connection::open(&server);
        // The server may close the connection early.
        let _ = bad.0.get_mut().write_all(garbage);
        let _ = bad.0.get_mut().shutdown(Shutdown::Write);
        if let Some(reply) = bad.read_reply() {
            assert!(reply.assert_unsigned().status >= 400, "{reply:?}");
        }
        assert_eq!(stocks(&server), 1);
    }
    assert_signed_ok(good.exchange(request_bytes(&Call::list_of_stocks())));
}

#[test]
fn the_signature_is_verified_over_the_target_as_received() {
    let (server, _) = start();
    let mut connection = Connection::open(&server);
    // Lower-case hexadecimal digits, an encoded letter and an unencoded `|` are all signed as sent.
    for query in ["offset=0&limit=10&x=%2f%41", "offset=0&limit=10&x=a|b", "limit=10&offset=0&x=//../"] {
        let target = format!("{FAVOR}/stocks?stock_creator_mchid=1&{query}");
        assert_eq!(
            assert_signed_ok(connection.exchange(request_bytes(&Call::new("GET", &target, ""))))["total_count"],
            0,
            "{query}"
        );
    }
    // The absolute form that is sent to a proxy.
    let call = Call::list_of_stocks();
    assert_signed_ok(connection.exchange(String::from_utf8(request_bytes(&call)).unwrap().replacen(
        " /v3",
        " http://sandbox/v3",
        1,
    )));
}

#[test]
fn a_body_over_4_mib_gets_413() {
    let (server, client) = start();
    // Spaces after the JSON count as part of the body.
    let mut call = create("create-1");
    call.body.resize(LIMIT, b' ');
    let mut connection = Connection::open(&server);
    assert_signed_ok(connection.exchange(request_bytes(&call)));

    let mut call = create("create-2");
    call.body.resize(LIMIT + 1, b' ');
    let chunked = [
        request_head(&call, "Transfer-Encoding: chunked\r\n").as_bytes(),
        format!("{:x}\r\n", call.body.len()).as_bytes(),
        &call.body,
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    for request in [request_bytes(&call), chunked] {
        let mut connection = Connection::open(&server);
        // The server may close the connection before it has read everything.
        let _ = connection.0.get_mut().write_all(&request);
        if let Some(reply) = connection.read_reply() {
            assert_eq!(reply.assert_unsigned().status, 413);
        }
        assert_eq!(stocks(&server), 1);
    }
    assert_eq!((client.count("stocks"), client.count("coupons")), (1, 0));
}

#[test]
fn dropping_the_server_closes_its_port() {
    let (server, _) = start();
    let address = server.local_addr();
    let mut idle = Connection::open(&server);
    assert_signed_ok(idle.exchange(request_bytes(&Call::list_of_stocks())));
    drop(server);
    assert!(idle.read_head().is_none());
    assert!(TcpStream::connect(address).is_err());
}
