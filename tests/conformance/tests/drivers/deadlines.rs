//! Slow servers, with every driver: an attempt and a download end when their timeout is over.

use crate::*;

with_every_driver!(
    an_attempt_times_out_if_the_server_stops_responding,
    a_coupon_sent_without_a_response_is_unknown_and_exists_once,
    an_attempt_times_out_if_the_response_arrives_byte_by_byte,
    a_download_times_out_if_the_file_arrives_byte_by_byte,
);

const TIMEOUT: Duration = Duration::from_secs(1);

/// A driver that makes one attempt with a timeout of one second.
fn single_attempt<D: Driver>(core: Client) -> D {
    D::new(core.with_retry(RetryPolicy::never().with_attempt_timeout(TIMEOUT)))
}

/// A server that reads a request, sends this partial response, and then waits until the client closes the connection.
fn silent(beginning: &'static [u8]) -> String {
    serve_connections(move |mut stream, _| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(beginning);
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

fn an_attempt_times_out_if_the_server_stops_responding<D: Driver>() {
    let (core, _, _) = pair(now());
    let send = |url: &str| single_attempt::<D>(at(&core, url)).send(&query()).unwrap_err();
    for beginning in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"] {
        let error = send(&silent(beginning));
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
    }
    // The TLS handshake does not complete, so nothing is sent.
    let error = send(&silent(b"").replace("http://", "https://"));
    assert_eq!(transport_kind(&error), TransportErrorKind::NotSent, "{error:?}");
}

fn a_coupon_sent_without_a_response_is_unknown_and_exists_once<D: Driver>() {
    let (local, driver) = ServedSandbox::start_for::<D>();
    let stock_id = local.begun_stock(&driver);
    // No attempt gets a response until the total timeout is over.
    local.fault("coupon.send", "never_answers times=1000");
    let policy = RetryPolicy::default()
        .with_max_attempts(1000)
        .with_attempt_timeout(TIMEOUT / 4)
        .with_total(TIMEOUT)
        .with_delays(Duration::from_millis(1), Duration::from_millis(1));
    let send = local.coupon("o", &stock_id, "n-1");
    let error = D::new(local.client().with_retry(policy)).send(&send).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    let stock = QueryStock::new(stock_id, local.mchid());
    assert_eq!(driver.send(&stock).unwrap().distributed_coupons, Some(1));
}

fn an_attempt_times_out_if_the_response_arrives_byte_by_byte<D: Driver>() {
    let (local, driver) = ServedSandbox::start_for::<D>();
    let query = QueryStock::new(local.started_stock(&driver), local.mchid());
    let driver: D = single_attempt(local.client());
    // In the second case each read is fast, but the whole response of some hundred bytes takes longer than the timeout.
    for milliseconds in [1000, 100] {
        local.fault("stock.query", &format!("drip milliseconds={milliseconds}"));
        let error = driver.send(&query).unwrap_err();
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
    }
    driver.send(&query).unwrap();
}

fn a_download_times_out_if_the_file_arrives_byte_by_byte<D: Driver>() {
    let (local, driver) = ServedSandbox::start_for::<D>();
    let flow = local.use_flow_with_one_row(&driver);
    let driver = driver.with_download_limits(1024 * 1024, TIMEOUT);
    for fault in ["drip milliseconds=100", "never_answers"] {
        local.fault("flow.download", fault);
        let error = download(&driver, &flow).unwrap_err();
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
    }
    download(&driver, &flow).unwrap();
}
