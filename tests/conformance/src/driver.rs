//! What the suites of both drivers share; above all a server that answers by script, for what the sandbox would
//! never do.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;
use std::thread;

use bytes::Bytes;
use http::Response;
use wechatpay_core::cashcoupons::{
    CouponRule, CreateCouponStock, RequiredStockFields, SendCoupon, StockRule,
};
use wechatpay_core::types::{Fen, Timestamp, UnixSeconds};

/// The real time, with which drivers sign.
#[expect(clippy::disallowed_methods, reason = "the suites' one clock")]
pub fn now() -> UnixSeconds {
    std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// A stock of five coupons that has not begun.
pub fn stock(mchid: &str, number: &str) -> CreateCouponStock {
    CreateCouponStock::new(RequiredStockFields {
        out_request_no: number.into(),
        stock_name: "driver".into(),
        belong_merchant: mchid.into(),
        // Not yet begun, so that no clock's tick matters.
        available_begin_time: Timestamp::from_unix(now() + 3600).unwrap(),
        available_end_time: Timestamp::from_unix(now() + 7200).unwrap(),
        stock_use_rule: StockRule::new(5, Fen::new(500), 1),
        coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(200), [mchid.into()]),
        no_cash: true,
    })
}

/// A coupon for a user whose id needs every kind of encoding.
pub fn send(mchid: &str, appid: &str, stock_id: &str, number: &str) -> SendCoupon {
    SendCoupon::new("o/用户|+% 1".into(), stock_id.into(), number.into(), appid.into(), mchid.into())
}

/// Answers each request with the next of these, then closes; gives back what was asked.
pub fn scripted(answers: Vec<Vec<u8>>) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, requests) = mpsc::channel();
    thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            let _ = asked.send(read_request(&stream));
            // The client may stop reading on purpose.
            let _ = (&stream).write_all(&answer);
        }
    });
    (url, requests)
}

/// Head and body of a request.
pub fn read_request(stream: impl Read) -> String {
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
    head + std::str::from_utf8(&body).unwrap()
}

/// A response as it goes over the wire; the connection is closed after it.
pub fn on_the_wire(response: &Response<Bytes>) -> Vec<u8> {
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
