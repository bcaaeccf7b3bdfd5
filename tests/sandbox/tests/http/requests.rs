//! The sandbox behind HTTP, as raw bytes on a socket see it.

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
fn signed(reply: Option<Reply>) -> Value {
    let reply = reply.expect("no answer");
    assert_eq!(reply.signer, Some(Signer::PublicKey), "{reply:?}");
    reply.ok()
}

/// How many stocks another client sees.
#[track_caller]
fn stocks(server: &Server) -> Value {
    signed(Connection::open(server).exchange(request_bytes(&Call::list_of_stocks())))["total_count"].take()
}

#[test]
fn a_link_to_a_file_leads_back_here() {
    let (server, client) = start();
    let stock = client.create_and_start(&terms("create-1"));
    let coupon = client.send_ok("o1", &stock, "send-1");
    client.redeem(&coupon).ok();
    client.advance(10 * DAY);
    let mut connection = Connection::open(&server);
    let link = signed(connection.exchange(request_bytes(&Call::new(
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
fn it_says_where_it_listens() {
    let (server, _) = start();
    assert_ne!(server.local_addr().port(), 0);
    assert_eq!(server.url(), format!("http://127.0.0.1:{}", server.local_addr().port()));
}

#[test]
fn requests_follow_each_other_on_one_connection() {
    let (server, _) = start();
    let mut connection = Connection::open(&server);
    let created = signed(connection.exchange(request_bytes(&create("create-1"))));
    let listed = signed(connection.exchange(request_bytes(&Call::list_of_stocks())));
    assert_eq!(listed["data"][0]["stock_id"], created["stock_id"]);
    // A refusal does not end it, nor does an empty answer.
    let mut wrong = Call::list_of_stocks();
    wrong.mchid = "1".to_owned();
    connection.exchange(request_bytes(&wrong)).unwrap().assert_unsigned().assert_error(401, "SIGN_ERROR");
    assert_eq!(connection.exchange("GET /nothing HTTP/1.1\r\nHost: sandbox\r\n\r\n").unwrap().status, 404);
    // Two at once.
    assert_eq!(
        signed(
            connection.exchange(
                [request_bytes(&Call::list_of_stocks()), request_bytes(&create("create-2"))].concat()
            )
        )["total_count"],
        1
    );
    assert_ne!(signed(connection.read_reply())["stock_id"], created["stock_id"]);
}

#[test]
fn a_body_may_come_in_chunks() {
    let (server, _) = start();
    let call = create("create-1");
    let mut connection = Connection::open(&server);
    connection.write(request_head(&call, "Transfer-Encoding: chunked\r\n"));
    for chunk in call.body.chunks(7) {
        connection.write([format!("{:x};x=y\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    }
    signed(connection.exchange("0\r\n\r\n"));
    assert_eq!(signed(connection.exchange(request_bytes(&Call::list_of_stocks())))["total_count"], 1);
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
    signed(connection.exchange(&call.body));
}

#[test]
fn garbage_harms_nobody_else() {
    let (server, _) = start();
    let mut good = Connection::open(&server);
    signed(good.exchange(request_bytes(&create("create-1"))));
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
        // It may hang up at once.
        let _ = bad.0.get_mut().write_all(garbage);
        let _ = bad.0.get_mut().shutdown(Shutdown::Write);
        if let Some(reply) = bad.read_reply() {
            assert!(reply.assert_unsigned().status >= 400, "{reply:?}");
        }
        assert_eq!(stocks(&server), 1);
    }
    signed(good.exchange(request_bytes(&Call::list_of_stocks())));
}

#[test]
fn a_target_is_verified_as_it_came() {
    let (server, _) = start();
    let mut connection = Connection::open(&server);
    // Lower-case digits, an encoded letter, a bare bar: whatever it is, the signature covers it.
    for query in ["offset=0&limit=10&x=%2f%41", "offset=0&limit=10&x=a|b", "limit=10&offset=0&x=//../"] {
        let target = format!("{FAVOR}/stocks?stock_creator_mchid=1&{query}");
        assert_eq!(
            signed(connection.exchange(request_bytes(&Call::new("GET", &target, ""))))["total_count"],
            0,
            "{query}"
        );
    }
    // A proxy's form of the same.
    let call = Call::list_of_stocks();
    signed(connection.exchange(String::from_utf8(request_bytes(&call)).unwrap().replacen(
        " /v3",
        " http://sandbox/v3",
        1,
    )));
}

#[test]
fn a_body_may_be_4_mib_and_no_more() {
    let (server, client) = start();
    // Spaces around JSON are part of it.
    let mut call = create("create-1");
    call.body.resize(LIMIT, b' ');
    let mut connection = Connection::open(&server);
    signed(connection.exchange(request_bytes(&call)));

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
        // It may hang up before it has read everything.
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
    signed(idle.exchange(request_bytes(&Call::list_of_stocks())));
    drop(server);
    assert!(idle.read_head().is_none());
    assert!(TcpStream::connect(address).is_err());
}
