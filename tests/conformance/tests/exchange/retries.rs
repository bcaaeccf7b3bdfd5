//! Retries, their timing and the reported outcome, in simulated time.

use crate::*;

/// What happens to the next request.
#[derive(Clone, Copy)]
enum Then {
    Signed(u16),
    Unsigned(u16),
    RetryAfter(u16, &'static str),
    Probe,
    NotSent,
    Lost,
}

type Network = Simulated<Box<dyn FnMut(Request<Bytes>, UnixSeconds, Duration) -> Reply>>;

/// Runs a script, in which each request takes 100 ms.
fn run<O: Operation>(
    client: &Client,
    operation: &O,
    script: &[Then],
) -> (Result<Answer<O::Response>, Error>, Network) {
    const BODY: &str = r#"{"coupon_id":"1","stop_time":"t","stock_id":"1"}"#;
    let ((_, platform, _), mut script) = (pair(TIMESTAMP), script.to_vec());
    let reply = move |_, now, timeout: Duration| {
        assert!(!timeout.is_zero());
        let signed = |status, body: &str| platform.signed_response(status, body, now);
        let result = match script.remove(0) {
            Then::Signed(status) => Ok(signed(status, BODY)),
            Then::Unsigned(status) => Ok(unsigned(status, BODY)),
            Then::RetryAfter(status, value) => Ok(with_header(signed(status, "{}"), "retry-after", value)),
            Then::Probe => {
                Ok(with_header(signed(200, BODY), "wechatpay-signature", "WECHATPAY/SIGNTEST/AAAA"))
            }
            Then::NotSent => Err(TransportErrorKind::NotSent.into()),
            Then::Lost => Err(TransportError::new(TransportErrorKind::MaybeSent, "connection reset")),
        };
        (result, Duration::from_millis(100).min(timeout))
    };
    let mut io = Network::new(TIMESTAMP, Box::new(reply));
    (drive(client.exchange(operation).unwrap(), &mut io), io)
}

#[test]
fn attempts_and_outcomes_follow_the_retry_rules() {
    use Then::{Lost, NotSent, Probe, Signed, Unsigned};
    // The script, the number of requests sent, and the outcome (`None` is a success).
    let idempotent: &[(&[Then], usize, Option<Outcome>)] = &[
        (&[Signed(200)], 1, None),
        (&[NotSent, Signed(200)], 2, None),
        (&[Lost, Signed(200)], 2, None),
        (&[Signed(429), Signed(200)], 2, None),
        (&[Signed(500), Signed(502), Signed(200)], 3, None),
        (&[Unsigned(502), Unsigned(503), Signed(200)], 3, None),
        (&[Signed(202), Signed(200)], 2, None),
        (&[Probe, Signed(200)], 2, None),
        (&[Signed(403)], 1, Some(Outcome::Rejected)),
        (&[Unsigned(401)], 1, Some(Outcome::Rejected)),
        (&[Unsigned(403)], 1, Some(Outcome::Unknown)),
        (&[Unsigned(200)], 1, Some(Outcome::Unknown)),
        (&[NotSent, NotSent, NotSent], 3, Some(Outcome::NotSent)),
        (&[Lost, Lost, Lost], 3, Some(Outcome::Unknown)),
        // The first attempt may have arrived.
        (&[Lost, NotSent, NotSent], 3, Some(Outcome::Unknown)),
        (&[Lost, Signed(403)], 2, Some(Outcome::Unknown)),
        (&[Signed(500), Unsigned(401)], 2, Some(Outcome::Unknown)),
        // The first attempt certainly did not arrive.
        (&[NotSent, Signed(403)], 2, Some(Outcome::Rejected)),
    ];
    let other: &[(&[Then], usize, Option<Outcome>)] = &[
        (&[Signed(200)], 1, None),
        (&[NotSent, Signed(200)], 2, None),
        (&[Lost], 1, Some(Outcome::Unknown)),
        (&[Signed(429)], 1, Some(Outcome::Unknown)),
        (&[Signed(500)], 1, Some(Outcome::Unknown)),
        (&[Probe], 1, Some(Outcome::Unknown)),
    ];
    fn check(operation: &impl Operation, table: &[(&[Then], usize, Option<Outcome>)]) {
        let (client, ..) = pair(TIMESTAMP);
        for (i, (script, requests, outcome)) in table.iter().enumerate() {
            let (result, io) = run(&client, operation, script);
            let result = result.map(drop);
            assert_eq!(result.as_ref().err().map(Error::outcome), *outcome, "script {i}: {result:?}");
            assert_eq!((io.sent.len(), io.slept.len()), (*requests, requests - 1), "script {i}");
        }
    }
    check(&send_coupon(), idempotent);
    check(&StopStock::new("1".into(), "1".into()), other);
}

#[test]
fn a_retry_has_a_new_signature_and_is_otherwise_identical() {
    let (client, ..) = pair(TIMESTAMP);
    let (_, world) = run(&client, &send_coupon(), &[Then::Lost, Then::Signed(500), Then::Signed(200)]);
    let [first, second, third] = world.sent.as_slice() else { panic!("{}", world.sent.len()) };
    for other in [second, third] {
        assert_eq!((first.uri(), first.method(), first.body()), (other.uri(), other.method(), other.body()));
    }
    let authorization = |request: &Request<Bytes>| request.headers()["authorization"].clone();
    assert_ne!(authorization(first), authorization(second));
    assert_ne!(authorization(second), authorization(third));
}

#[test]
fn retry_after_is_respected_within_the_total_timeout() {
    let (client, ..) = pair(TIMESTAMP);
    let script = [Then::RetryAfter(429, "7"), Then::Signed(200)];
    let (result, world) = run(&client, &send_coupon(), &script);
    assert!(result.is_ok());
    assert_eq!(world.slept, [Duration::from_secs(7)]);
    // Longer than the time left: the exchange ends at once, and the error contains the value.
    let (result, world) = run(&client, &send_coupon(), &[Then::RetryAfter(503, "3600")]);
    let error = result.unwrap_err();
    assert_eq!(error.api().unwrap().retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!((world.sent.len(), world.slept.len()), (1, 0));
    // The same for extreme values: 2^64 - 1 seconds, and a date thousands of years in the future.
    for forever in ["18446744073709551615", "Thu, 01 Jan 9998 00:00:00 GMT"] {
        let (result, world) = run(&client, &send_coupon(), &[Then::RetryAfter(429, forever)]);
        assert_eq!(result.unwrap_err().outcome(), Outcome::Unknown);
        assert_eq!((world.sent.len(), world.slept.len()), (1, 0), "{forever}");
    }
    // Invalid values are ignored, and a value below the back-off does not shorten it.
    for none in ["18446744073709551616", "-1", "1e9", "0", "Thu, 01 Jan 1970 00:00:00 GMT"] {
        let (result, world) = run(&client, &send_coupon(), &[Then::RetryAfter(429, none), Then::Signed(200)]);
        assert!(result.is_ok());
        let first = client.retry().first_delay;
        assert!(matches!(world.slept.as_slice(), [slept] if (first / 2..=first).contains(slept)), "{none}");
    }
}

#[test]
fn retries_end_within_the_attempt_limit_and_the_total_timeout() {
    let (client, ..) = pair(TIMESTAMP);
    let total = Duration::from_secs(30);
    let many = RetryPolicy::default().with_max_attempts(1000).with_total(total);
    let (result, world) = run(&client.clone().with_retry(many), &send_coupon(), &[Then::Lost; 1000]);
    assert_eq!(result.unwrap_err().outcome(), Outcome::Unknown);
    assert!(world.elapsed <= total, "{:?}", world.elapsed);
    assert!(world.sent.len() > 3);
    let (_, world) = run(&client.with_retry(RetryPolicy::never()), &send_coupon(), &[Then::NotSent]);
    assert_eq!((world.sent.len(), world.slept.len()), (1, 0));
}

#[test]
fn status_202_has_an_unknown_outcome() {
    let (client, ..) = pair(TIMESTAMP);
    let client = client.with_retry(RetryPolicy::never());
    let (result, _) = run(&client, &send_coupon(), &[Then::RetryAfter(202, "1")]);
    let error = result.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(
        error
            .api()
            .unwrap()
            .to_string()
            .starts_with("the request was accepted but has not been processed yet (HTTP 202"),
        "{error:?}"
    );
}

#[test]
fn an_exchange_that_slept_past_its_total_timeout_ends_with_the_last_error() {
    let (client, platform, _) = pair(TIMESTAMP);
    let stamp = |nonce| Stamp { unix_seconds: TIMESTAMP, nonce: Nonce::from_entropy([nonce; 16]) };
    let total = client.retry().total;
    for (slept, continues) in [(total - Duration::from_millis(1), true), (total, false), (total * 2, false)] {
        let mut exchange = client.exchange(&send_coupon()).unwrap();
        assert!(matches!(exchange.poll(Duration::ZERO, stamp(1)), Step::Send { .. }));
        exchange.on_response(&platform.signed_response(500, "{}", TIMESTAMP), TIMESTAMP);
        assert!(matches!(exchange.poll(Duration::ZERO, stamp(2)), Step::Sleep(_)));
        match exchange.poll(slept, stamp(3)) {
            Step::Send { timeout, .. } => assert!(continues && !timeout.is_zero()),
            Step::Done(Err(error)) => {
                assert!(!continues);
                assert_eq!(
                    (error.api().unwrap().http_status().as_u16(), error.outcome()),
                    (500, Outcome::Unknown)
                );
            }
            other => panic!("{other:?}"),
        }
    }
}
