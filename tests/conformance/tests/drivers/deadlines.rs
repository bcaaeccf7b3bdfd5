//! Servers that take their time, against every driver: each attempt ends when its time is over, and so does a download.

use crate::*;

with_every_driver!(
    a_server_that_falls_silent_ends_the_attempt,
    a_coupon_sent_without_an_answer_is_unknown_and_exists_once,
    an_answer_that_comes_byte_by_byte_ends_the_attempt,
    a_file_that_comes_byte_by_byte_ends_the_download,
);

const PATIENCE: Duration = Duration::from_secs(1);

/// Gives up on its one attempt.
fn impatient<D: Driver>(core: Client) -> D {
    D::new(core.with_retry(RetryPolicy::never().with_attempt_timeout(PATIENCE)))
}

/// Accepts, reads, sends this, and then does nothing until the client is gone.
fn silent(beginning: &'static [u8]) -> String {
    serve_connections(move |mut stream, _| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(beginning);
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

fn a_server_that_falls_silent_ends_the_attempt<D: Driver>() {
    let (core, _, _) = pair(now());
    let ask = |url: &str| impatient::<D>(at(&core, url)).send(&query()).unwrap_err();
    for beginning in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"] {
        let error = ask(&silent(beginning));
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
    }
    // Without TLS there was no connection, and nothing was sent.
    let error = ask(&silent(b"").replace("http://", "https://"));
    assert_eq!(transport_kind(&error), TransportErrorKind::NotSent, "{error:?}");
}

fn a_coupon_sent_without_an_answer_is_unknown_and_exists_once<D: Driver>() {
    let (local, patient) = ServedSandbox::start_for::<D>();
    let stock_id = local.begun_stock(&patient);
    // All of them, until the total is over.
    local.fault("coupon.send", "never_answers times=1000");
    let policy = RetryPolicy::default()
        .with_max_attempts(1000)
        .with_attempt_timeout(PATIENCE / 4)
        .with_total(PATIENCE)
        .with_delays(Duration::from_millis(1), Duration::from_millis(1));
    let send = local.coupon("o", &stock_id, "n-1");
    let error = D::new(local.client().with_retry(policy)).send(&send).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    let stock = QueryStock::new(stock_id, local.mchid());
    assert_eq!(patient.send(&stock).unwrap().distributed_coupons, Some(1));
}

fn an_answer_that_comes_byte_by_byte_ends_the_attempt<D: Driver>() {
    let (local, patient) = ServedSandbox::start_for::<D>();
    let query = QueryStock::new(local.started_stock(&patient), local.mchid());
    let driver: D = impatient(local.client());
    // The second never lets a read wait long, and yet takes longer in all: an answer has some hundred bytes.
    for milliseconds in [1000, 100] {
        local.fault("stock.query", &format!("drip milliseconds={milliseconds}"));
        let error = driver.send(&query).unwrap_err();
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
    }
    driver.send(&query).unwrap();
}

fn a_file_that_comes_byte_by_byte_ends_the_download<D: Driver>() {
    let (local, driver) = ServedSandbox::start_for::<D>();
    let flow = local.use_flow_with_one_row(&driver);
    let driver = driver.with_download_limits(1024 * 1024, PATIENCE);
    for fault in ["drip milliseconds=100", "never_answers"] {
        local.fault("flow.download", fault);
        let error = download(&driver, &flow).unwrap_err();
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
    }
    download(&driver, &flow).unwrap();
}
