//! Failures, retries and size limits over real sockets, with every driver, against a scripted server.

use crate::*;

fn send() -> SendCoupon {
    SendCoupon::new(RequiredCouponFields {
        openid: "o/用户|+% 1".into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "1".into(),
        out_request_no: "n-1".into(),
    })
}

fn driver<D: Driver>(core: &Client, url: &str) -> D {
    let quick = RetryPolicy::default().with_delays(Duration::from_millis(1), Duration::from_millis(2));
    D::new(at(core, url).with_retry(quick))
}

with_every_driver!(
    failures_are_retried_with_the_identical_body,
    a_response_over_the_cap_is_not_read,
    an_oversized_response_head_is_rejected,
    an_infinite_timeout_does_not_panic,
    a_redirect_is_not_followed,
    a_response_to_another_request_is_unknown_and_not_retried,
    a_failed_connection_is_not_sent,
    a_dropped_connection_is_unknown_and_not_retried_unless_idempotent,
    a_reused_connection_that_breaks_is_unknown,
    errors_show_no_personal_data,
);

fn failures_are_retried_with_the_identical_body<D: Driver>() {
    let (core, platform, _) = pair(now());
    let unavailable =
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>".to_vec();
    // A closed connection, an error page, a success.
    let server = Scripted::start(|_| vec![Vec::new(), unavailable, wire(&platform.coupon_sent(now()))]);
    let sent = driver::<D>(&core, &server.url).send(&send()).unwrap();
    assert_eq!(sent.coupon_id.as_str(), "98674556");
    let requests = server.all();
    let [first, second, third] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((&first.body, &second.body), (&second.body, &third.body));
    let target = "POST /v3/marketing/favor/users/o%2F%E7%94%A8%E6%88%B7%7C%2B%25%201/coupons HTTP/1.1\r\n";
    assert!(requests.iter().all(|request| request.head.starts_with(target)), "{first:?}");
    let asks_for_encoding = |head: &str| head.to_lowercase().contains("accept-encoding");
    assert!(requests.iter().all(|request| !asks_for_encoding(&request.head)), "{first:?}");
    assert_ne!(first.head, second.head);
}

fn a_response_over_the_cap_is_not_read<D: Driver>() {
    let (core, platform, _) = pair(now());
    let body = format!(r#"{{"coupon_id":"1","padding":"{}"}}"#, "x".repeat(2 * 1024 * 1024));
    let large = wire(&platform.signed_response(200, &body, now()));
    let server = Scripted::start(|_| vec![large.clone(), large]);
    let driver = driver::<D>(&core, &server.url);
    let error = driver.send(&send()).unwrap_err();
    assert_eq!(transport_kind(&error), TransportErrorKind::ResponseTooLarge { cap: 1024 * 1024 });
    assert_eq!(error.outcome(), Outcome::Unknown);
    let driver = driver.with_response_cap(3 * 1024 * 1024);
    assert_eq!(driver.send(&send()).unwrap().coupon_id.as_str(), "1");
}

fn an_oversized_response_head_is_rejected<D: Driver>() {
    let (core, platform, _) = pair(now());
    let signed = String::from_utf8(wire(&platform.coupon_sent(now()))).unwrap();
    let with = |headers: &str| signed.replacen("\r\n", &format!("\r\n{headers}\r\n"), 1).into_bytes();
    let long = |kib: usize| with(&format!("x-header: {}", "x".repeat(kib * 1024)));
    let many = (0..40_000).map(|n| format!("wechatpay-{n}: x")).collect::<Vec<_>>().join("\r\n");
    let server = Scripted::start(|_| vec![long(8), long(100), with(&many)]);
    let driver = D::new(single_attempt_at(&core, &server.url));
    assert_eq!(driver.send(&send()).unwrap().coupon_id.as_str(), "98674556");
    for _ in ["long", "many"] {
        let error = driver.send(&send()).unwrap_err();
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
}

/// Callers may use the largest values to mean "no limit".
fn an_infinite_timeout_does_not_panic<D: Driver>() {
    let (core, platform, _) = pair(now());
    let server = Scripted::start(|_| vec![wire(&platform.coupon_sent(now()))]);
    let unlimited = RetryPolicy::never().with_attempt_timeout(Duration::MAX).with_total(Duration::MAX);
    let core = at(&core, &server.url).with_retry(unlimited);
    let driver = D::new(core).with_download_limits(u64::MAX, Duration::MAX);
    assert_eq!(driver.send(&send()).unwrap().coupon_id.as_str(), "98674556");
}

fn a_redirect_is_not_followed<D: Driver>() {
    let (core, _, _) = pair(now());
    let redirect =
        b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let server = Scripted::start(|_| vec![redirect.to_vec()]);
    let error = driver::<D>(&core, &server.url).send(&query()).unwrap_err();
    assert_eq!(error.api().unwrap().http_status(), 302);
    let requests = server.all();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    // A request without a body has no content length.
    assert!(!request.head.to_lowercase().contains("content-length"), "{}", request.head);
}

/// The signature is valid, but it says nothing about the request.
fn a_response_to_another_request_is_unknown_and_not_retried<D: Driver>() {
    fn check<D: Driver>(operation: &impl Operation<Response: Send>, body: &str, field: &str) {
        let (core, platform, _) = pair(now());
        let server = Scripted::start(|_| vec![wire(&platform.signed_response(200, body, now()))]);
        let error = driver::<D>(&core, &server.url).send(operation).map(drop).unwrap_err();
        assert!(matches!(&error, Error::Mismatch(error) if error.field() == field), "{error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert_eq!(server.all().len(), 1);
    }
    let started = r#"{"start_time":"2015-05-20T13:29:35+08:00","stock_id":"2"}"#;
    check::<D>(&StartStock::new("1".into(), "1".into()), started, "stock_id");
    let stock = r#"{"stock_id":"1","stock_creator_mchid":"2","status":"running"}"#;
    check::<D>(&query(), stock, "stock_creator_mchid");
}

/// The URL of a port on which no server listens.
fn closed_port() -> String {
    let (_, url) = listener();
    url
}

fn a_failed_connection_is_not_sent<D: Driver>() {
    let (core, _, _) = pair(now());
    // The domain `.invalid` is reserved for names that never exist.
    for url in [closed_port().as_str(), "https://platform.invalid"] {
        let error = driver::<D>(&core, url).send(&send()).unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    }
}

fn a_dropped_connection_is_unknown_and_not_retried_unless_idempotent<D: Driver>() {
    let (core, _, _) = pair(now());
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    for broken in [Vec::new(), b"HTTP/1.1 2".to_vec(), b"\0garbage\r\n\r\n".to_vec(), cut] {
        let server = Scripted::start(|_| vec![broken]);
        let stop = StopStock::new("1".into(), "1".into());
        let error = driver::<D>(&core, &server.url).send(&stop).unwrap_err();
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert_eq!(server.all().len(), 1);
    }
}

/// The keep-alive race: the server closes the connection while the next request arrives.
fn a_reused_connection_that_breaks_is_unknown<D: Driver>() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let kept_alive =
        String::from_utf8(wire(&platform.coupon_sent(now()))).unwrap().replace("connection: close\r\n", "");
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        sender.send(read_request(&first)).unwrap();
        first.write_all(kept_alive.as_bytes()).unwrap();
        let again = sender.clone();
        thread::spawn(move || again.send(read_request(&first)));
        // If the next request arrives on a new connection instead, that connection breaks too.
        if let Ok((second, _)) = listener.accept() {
            let _ = sender.send(read_request(&second));
        }
    });
    let driver = driver::<D>(&core, &url);
    driver.send(&send()).unwrap();
    let error = driver.send(&StopStock::new("1".into(), "1".into())).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    let stops = requests.try_iter().filter(|request| request.head.contains("/stop "));
    assert_eq!(stops.count(), 1, "the request was retried");
}

fn errors_show_no_personal_data<D: Driver>() {
    let (core, _, _) = pair(now());
    let closing = Scripted::start(|_| vec![Vec::new(); 3]);
    let secret = QueryCoupon::new(User { openid: "oSecretPerson".into(), appid: "wx".into() }, "1".into());
    for url in [closed_port().as_str(), closing.url.as_str(), "https://platform.invalid"] {
        let error = driver::<D>(&core, url).send(&secret).unwrap_err();
        let shown = format!("{error:?} {error:#}");
        assert!(!shown.contains("oSecretPerson"), "{shown}");
    }
}
