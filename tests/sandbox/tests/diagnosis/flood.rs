//! Many wrong signatures over HTTP.

use serde_json::json;

use crate::common::connection::{Connection, start};
use crate::common::{Call, FAVOR};
use crate::forged::{Forged, codes};

pub(crate) fn bytes(forged: &Forged) -> Vec<u8> {
    let head = format!(
        "{} {} HTTP/1.1\r\nHost: sandbox\r\nAccept: */*\r\nUser-Agent: raw\r\nAuthorization: {}\r\nContent-Length: {}\r\n\r\n",
        forged.method,
        forged.target,
        forged.authorization(),
        forged.body.len(),
    );
    [head.as_bytes(), &forged.body].concat()
}

#[test]
fn all_requests_of_a_flood_get_a_diagnosis_and_right_ones_pass() {
    let (server, _client) = start();
    let mut wrong = Forged::send();
    // Nothing that can be guessed, so that each one takes as long as possible.
    wrong.lines[4] = b"something else".to_vec();
    let request = bytes(&wrong);
    let right = crate::common::connection::request_bytes(&Call::list_of_stocks());
    std::thread::scope(|scope| {
        let floods: Vec<_> = (0..200)
            .map(|_| {
                scope.spawn(|| {
                    let reply = Connection::open(&server).exchange(&request).unwrap();
                    reply.assert_error(401, "SIGN_ERROR");
                    codes(&reply)
                })
            })
            .collect();
        for _ in 0..20 {
            let reply = Connection::open(&server).exchange(&right).unwrap();
            assert_eq!(reply.status, 200, "{reply:?}");
        }
        for flood in floods {
            assert_eq!(flood.join().unwrap(), ["Z"]);
        }
    });
    // Afterwards, each one gets all its time again.
    let mut plain = Forged::send();
    plain.lines[4].clear();
    let reply = Connection::open(&server).exchange(bytes(&plain)).unwrap();
    assert_eq!(codes(&reply), ["H2"]);
}

#[test]
fn a_description_is_examined_over_http_too() {
    let (server, _client) = start();
    let forged = Forged::new("GET", &format!("{FAVOR}/stocks?a=1"), "");
    let body = json!({ "method": "GET", "target": forged.target, "authorization": forged.authorization() })
        .to_string();
    let reply = Connection::open(&server)
        .exchange(crate::common::connection::control("POST", "/diagnose", &body))
        .unwrap();
    assert_eq!(reply.ok()["valid"], true);
}
