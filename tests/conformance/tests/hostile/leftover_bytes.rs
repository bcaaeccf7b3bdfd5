//! Bytes left over from one response on a connection never become the response to the next request. All responses here
//! are signed, so the signature check alone does not protect against this.

use crate::*;

with_every_driver!(
    bytes_after_a_response_are_not_read_as_the_next_response,
    a_late_response_is_not_read_as_the_next_response,
);

const CAP: u64 = 1024;

/// A signed response with this coupon id, on a connection that stays open.
fn response(platform: &Platform, coupon_id: &str) -> String {
    let body = format!(r#"{{"coupon_id":"{coupon_id}"}}"#);
    let bytes = wire(&platform.signed_response(200, &body, now()));
    String::from_utf8(bytes).unwrap().replace("connection: close\r\n", "")
}

fn send(number: &str) -> SendCoupon {
    SendCoupon::new(RequiredCouponFields {
        openid: "o".into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "1".into(),
        out_request_no: number.into(),
    })
}

fn bytes_after_a_response_are_not_read_as_the_next_response<D: Driver>() {
    let (core, platform, _) = pair(now());
    let (first, foreign, next) =
        (response(&platform, "first"), response(&platform, "foreign"), response(&platform, "next"));
    let (head, body) = first.split_once("\r\n\r\n").unwrap();
    let signed = head.split_once("\r\n").unwrap().1.split_once("content-length").unwrap().0;
    let padding = "x".repeat(CAP as usize + 1);
    let length = padding.len() + foreign.len();
    // Two responses to one request: the first one is complete and counts.
    let two = [
        format!("{first}{foreign}"),
        format!("{first}\r\n\r\n{foreign}"),
        format!("HTTP/1.1 100 Continue\r\n\r\n{first}{foreign}"),
    ];
    let broken = [
        // Status codes without a body, despite the content length (RFC 9112, 6.3).
        format!("HTTP/1.1 304 X\r\ncontent-length: {}\r\n\r\n{foreign}", foreign.len()),
        format!("HTTP/1.1 204 X\r\ncontent-length: {}\r\n\r\n{foreign}", foreign.len()),
        // Contradictory lengths.
        format!(
            "HTTP/1.1 200 X\r\n{signed}transfer-encoding: chunked\r\ncontent-length: {}\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n{foreign}",
            body.len() + foreign.len(),
            body.len(),
        ),
        format!(
            "HTTP/1.1 200 X\r\n{signed}content-length: {}\r\ncontent-length: 0\r\n\r\n{body}{foreign}",
            body.len()
        ),
        // A body over the size limit that contains another response.
        format!("HTTP/1.1 200 X\r\n{signed}content-length: {length}\r\n\r\n{padding}{foreign}"),
        format!("HTTP/1.1 500 X\r\ncontent-length: {length}\r\n\r\n{padding}{foreign}"),
    ];
    let cases = two.into_iter().map(|case| (case, true)).chain(broken.into_iter().map(|case| (case, false)));
    for (case, first_is_whole) in cases {
        let (written, next) = (case.clone(), next.clone());
        // The very first request receives the bytes above, and every other one its own response.
        let url = serve_connections(move |mut stream, number| {
            let mut response = if number == 0 { &written } else { &next };
            while !read_request(&stream).head.is_empty() && stream.write_all(response.as_bytes()).is_ok() {
                response = &next;
            }
        });
        let driver = D::new(single_attempt_at(&core, &url)).with_response_cap(CAP);
        for number in ["n-1", "n-2", "n-3"] {
            match driver.send(&send(number)) {
                Ok(sent) if number == "n-1" => assert_eq!(sent.coupon_id.as_str(), "first", "{case}"),
                Ok(sent) => assert_eq!(sent.coupon_id.as_str(), "next", "{number} after {case}"),
                // The first response may be rejected because of the extra bytes. The second request may fail if the
                // driver notices the extra bytes only when it reuses the connection. The third must succeed.
                Err(error) => {
                    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?} after {case}");
                    let must = number == "n-3" || number == "n-1" && first_is_whole;
                    assert!(!must, "{number}: {error:?} after {case}");
                }
            }
        }
    }
}

fn a_late_response_is_not_read_as_the_next_response<D: Driver>() {
    let (core, platform, _) = pair(now());
    let (late, next) = (response(&platform, "late"), response(&platform, "next"));
    let (listener, url) = listener();
    let (sender, seen) = mpsc::channel();
    thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        read_request(&first);
        // Wait until the client closes the connection. If it sends another request instead, it receives the late
        // response.
        let mut begin = [0];
        let reused = first.read(&mut begin).unwrap_or(0) == 1;
        sender.send(reused).unwrap();
        let _ = first.write_all(late.as_bytes());
        for stream in listener.incoming() {
            let (mut stream, next) = (stream.unwrap(), next.clone());
            thread::spawn(move || {
                read_request(&stream);
                let _ = stream.write_all(next.as_bytes());
            });
        }
    });
    let retry = RetryPolicy::never().with_attempt_timeout(Duration::from_millis(250));
    let driver = D::new(at(&core, &url).with_retry(retry));
    assert_eq!(driver.send(&send("n-1")).unwrap_err().outcome(), Outcome::Unknown);
    // On a slow machine some attempts may time out, but not all of them.
    let sent = (2..40).find_map(|number| driver.send(&send(&format!("n-{number}"))).ok());
    let reused = seen.recv_timeout(Duration::from_secs(30)).expect("the connection was not closed");
    assert!(!reused, "the connection of the late response was reused");
    assert_eq!(sent.expect("no attempt succeeded").coupon_id.as_str(), "next");
}
