//! Any events in any order: an exchange ends within its limits, retries only what may be retried, and never reports
//! `NotSent` or `Rejected` if the operation may have been carried out.
#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use libfuzzer_sys::fuzz_target;
use wechatpay_core::cashcoupons::{RequiredCouponFields, SendCoupon, StopStock, UseFlow};
use wechatpay_core::crypto::insecure::AcceptAll;
use wechatpay_core::error::{TransportErrorKind, VerifyErrorKind};
use wechatpay_core::{
    Advice, BaseUrl, Error, Exchange, Nonce, Operation, Outcome, ResponseSignature, RetryPolicy, SendReason,
    Stamp, Step,
};
use wechatpay_fuzz::{CERTIFICATE, CERTIFICATE_SERIAL, NOW, SERIAL, client, show};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    operation: Kind,
    max_attempts: u8,
    attempt_timeout: Duration,
    total: Duration,
    delays: (Duration, Duration),
    backup: bool,
    events: Vec<Event<'a>>,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Kind {
    Idempotent,
    Not,
    MayBeUnsigned,
}

/// The result of a request.
#[derive(Debug, Clone, Arbitrary)]
enum Event<'a> {
    Response {
        status: Status,
        signed: Signed,
        after: Option<&'a str>,
        body: Body<'a>,
        takes: u16,
    },
    NotSent,
    MaybeSent {
        takes: u16,
    },
    TooLarge,
    /// No result, and the exchange is polled again.
    Silence,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Status {
    Ok,
    Accepted,
    Bad,
    Unauthorized,
    TooMany,
    ServerError,
    Unavailable,
    Any(u16),
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Signed {
    Right,
    ByCertificate,
    ByUnknownKey,
    Probe,
    Unsigned,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Body<'a> {
    Right,
    Certificates,
    Any(&'a [u8]),
}

impl Event<'_> {
    fn response(&self, now: u64) -> Option<Response<Bytes>> {
        let Self::Response { status, signed, after, body, .. } = self else { return None };
        let status = match status {
            Status::Ok => StatusCode::OK,
            Status::Accepted => StatusCode::ACCEPTED,
            Status::Bad => StatusCode::BAD_REQUEST,
            Status::Unauthorized => StatusCode::UNAUTHORIZED,
            Status::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Status::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Status::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Status::Any(status) => StatusCode::from_u16(*status).unwrap_or(StatusCode::NOT_FOUND),
        };
        let body = match body {
            Body::Right => Bytes::from_static(
                br#"{"coupon_id":"1","stop_time":"2015-05-20T13:29:35+08:00","stock_id":"1","url":"u",
                "hash_value":"h","hash_type":"SHA1"}"#,
            ),
            Body::Certificates => certificates(),
            Body::Any(body) => Bytes::copy_from_slice(body),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let (serial, signature) = match signed {
            Signed::Unsigned => ("", ""),
            Signed::Right => (SERIAL, "eWVz"),
            Signed::ByCertificate => (CERTIFICATE_SERIAL, "eWVz"),
            Signed::ByUnknownKey => ("ABCDEF", "eWVz"),
            Signed::Probe => (SERIAL, "WECHATPAY/SIGNTEST/!"),
        };
        let headers = response.headers_mut();
        if !serial.is_empty() {
            headers.insert("wechatpay-timestamp", now.into());
            headers.insert("wechatpay-nonce", HeaderValue::from_static("n"));
            headers.insert("wechatpay-serial", HeaderValue::from_static(serial));
            headers.insert("wechatpay-signature", HeaderValue::from_static(signature));
        }
        if let Some(after) = after.and_then(|after| HeaderValue::from_str(after).ok()) {
            headers.insert("retry-after", after);
        }
        Some(response)
    }
}

fn certificates() -> Bytes {
    serde_json::json!({ "data": [{
        "serial_no": CERTIFICATE_SERIAL,
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM", "nonce": "0123456789ab", "associated_data": "certificate",
            "ciphertext": STANDARD.encode([CERTIFICATE.as_bytes(), &[0; 16]].concat()),
        },
    }]})
    .to_string()
    .into()
}

/// What was observed of the requests of an exchange so far.
#[derive(Default)]
struct Seen {
    first: Option<(String, Bytes)>,
    sent: u32,
    fetches: u32,
    /// The number of requests that may have arrived.
    arrived: u32,
    nonces: u16,
}

impl Seen {
    fn request(&mut self, request: &Request<Bytes>) {
        let target = request.uri().path_and_query().unwrap().to_string();
        let now = (target, request.body().clone());
        assert_eq!(*self.first.get_or_insert(now.clone()), now, "a retry differs from the first request");
        self.sent += 1;
    }

    fn stamp(&mut self, now: u64) -> Stamp {
        self.nonces += 1;
        let mut entropy = [0; 16];
        entropy[..2].copy_from_slice(&self.nonces.to_be_bytes());
        Stamp { unix_seconds: now, nonce: Nonce::from_entropy(entropy) }
    }
}

/// Reports results while no request is in flight, among them a success. They must not have any effect.
fn report_stray_results<O: Operation>(exchange: &mut Exchange<O>, now: u64) {
    let signed = Event::Response {
        status: Status::Ok,
        signed: Signed::Right,
        after: None,
        body: Body::Right,
        takes: 0,
    };
    exchange.on_response(&signed.response(now).unwrap(), now);
    exchange.on_transport_error(TransportErrorKind::MaybeSent.into());
}

fn run<O: Operation>(operation: &O, input: &Input<'_>) {
    let max_attempts = input.max_attempts % 8;
    let policy = RetryPolicy::default()
        .with_max_attempts(max_attempts.into())
        .with_attempt_timeout(input.attempt_timeout)
        .with_total(input.total)
        .with_delays(input.delays.0, input.delays.1);
    let mut client = client(AcceptAll).with_retry(policy);
    if input.backup {
        client = client.with_backup(BaseUrl::wechatpay_backup());
    }
    let mut exchange = client.exchange(operation).unwrap();
    let (mut seen, mut elapsed, mut now) = (Seen::default(), Duration::ZERO, NOW);
    let mut events = input.events.iter();
    report_stray_results(&mut exchange, now);
    let result = loop {
        // Seven attempts, each with seven attempts of a fetch, and waits in between.
        assert!(seen.nonces < 256, "the exchange does not end");
        let stamp = seen.stamp(now);
        let reason = match exchange.poll(elapsed, stamp) {
            Step::Done(result) => break result,
            Step::Sleep(duration) => {
                assert!(
                    elapsed.checked_add(duration).is_none_or(|then| then < input.total),
                    "the sleep exceeds the total timeout"
                );
                elapsed = elapsed.saturating_add(duration);
                now = now.saturating_add(duration.as_secs());
                report_stray_results(&mut exchange, now);
                continue;
            }
            Step::Send { request, reason, timeout, .. } => {
                assert!(timeout <= input.attempt_timeout && timeout <= input.total.saturating_sub(elapsed));
                assert!(!timeout.is_zero(), "there is no time for a response");
                if reason == SendReason::FetchPlatformKeys {
                    seen.fetches += 1;
                    assert_eq!(request.uri().path(), "/v3/certificates");
                    assert!(seen.fetches <= seen.sent * u32::from(max_attempts).max(1));
                } else {
                    assert!(O::IDEMPOTENT || seen.arrived == 0, "retried although it may have arrived");
                    seen.request(&request);
                    assert!(seen.sent <= u32::from(max_attempts).max(1));
                }
                reason
            }
        };
        let of_operation = reason != SendReason::FetchPlatformKeys;
        let event = events.next().unwrap_or(&Event::Silence);
        seen.arrived += u32::from(of_operation && !matches!(event, Event::NotSent));
        match event {
            Event::Response { takes, .. } => {
                elapsed = elapsed.saturating_add(Duration::from_millis((*takes).into()));
                now = now.saturating_add(u64::from(*takes) / 1000);
                let response = event.response(now).unwrap();
                exchange.on_response(&response, now);
                // A second result has no effect.
                exchange.on_response(&response, now);
                exchange.on_transport_error(TransportErrorKind::NotSent.into());
            }
            Event::NotSent => exchange.on_transport_error(TransportErrorKind::NotSent.into()),
            Event::MaybeSent { takes } => {
                elapsed = elapsed.saturating_add(Duration::from_millis((*takes).into()));
                exchange.on_transport_error(TransportErrorKind::MaybeSent.into());
            }
            Event::TooLarge => {
                exchange.on_transport_error(TransportErrorKind::ResponseTooLarge { cap: 1 }.into());
            }
            Event::Silence => {}
        }
        std::hint::black_box(format!("{exchange:?}"));
    };
    assert!(
        matches!(exchange.poll(elapsed, seen.stamp(now)), Step::Done(Err(_))),
        "polling a finished exchange must be an error"
    );
    match result {
        Ok(answer) => {
            assert!(seen.arrived > 0);
            let optional = O::RESPONSE_SIGNATURE == ResponseSignature::WhenPresent;
            assert!(answer.is_verified() || optional);
        }
        Err(error) => {
            show(&error);
            let (outcome, arrived) = (error.outcome(), seen.arrived);
            assert!(arrived > 0 || outcome == Outcome::NotSent, "{error:?} although nothing was sent");
            // That this call had no effect is certain only if no other request may have arrived. A read has none.
            let reads = O::METHOD.is_safe();
            assert!(
                reads || outcome != Outcome::NotSent || arrived == 0,
                "{error:?} after {arrived} requests"
            );
            assert!(
                reads || outcome != Outcome::Rejected || arrived == 1,
                "{error:?} after {arrived} requests"
            );
            assert!(!reads || !matches!(error, Error::Unresolved { .. }));
            // A changed request could do the same a second time.
            let certain = matches!(outcome, Outcome::NotSent | Outcome::Rejected);
            assert!(error.advice() != Advice::Change || certain, "{error:?}");
            if let Error::Verify(error) = &error
                && let VerifyErrorKind::UnknownSerial { serial, .. } = error.kind()
            {
                assert_ne!(serial, SERIAL);
            }
        }
    }
}

fuzz_target!(|input: Input<'_>| {
    match input.operation {
        Kind::Idempotent => {
            let send = SendCoupon::new(RequiredCouponFields {
                openid: "o".into(),
                appid: "wx".into(),
                stock_id: "1".into(),
                stock_creator_mchid: "1".into(),
                out_request_no: "n".into(),
            });
            run(&send, &input);
        }
        Kind::Not => run(&StopStock::new("1".into(), "1".into()), &input),
        Kind::MayBeUnsigned => run(&UseFlow::new("1".into()), &input),
    }
});
