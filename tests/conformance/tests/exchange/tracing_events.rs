//! What the feature `tracing` tells, and what it must not.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wechatpay_conformance::{Platform, TIMESTAMP, pair};
use wechatpay_core::cashcoupons::SendCoupon;
use wechatpay_core::crypto::CryptoError;
use wechatpay_core::error::{TransportError, TransportErrorKind};
use wechatpay_core::{Io, Nonce, Stamp, drive};

/// Writes down everything it is told, a line each.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Listener {
    fn write(&self, begin: &str, record: impl FnOnce(&mut Line)) {
        let mut line = Line(begin.to_owned());
        record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("wechatpay")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write("span", |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.write("record", |line| values.record(line));
    }

    fn event(&self, event: &Event<'_>) {
        assert_eq!(event.parent(), Some(&Id::from_u64(1)));
        self.write("event", |line| event.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Each request takes 20 ms; one is lost, one is refused, the last is answered.
struct World {
    platform: Platform,
    requests: u8,
    elapsed: Duration,
    sent: Vec<Request<Bytes>>,
}

impl Io for World {
    fn send(&mut self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        self.elapsed += Duration::from_millis(20);
        self.sent.push(request);
        match self.sent.len() {
            1 => Err(TransportErrorKind::MaybeSent.into()),
            2 => Ok(self.platform.answer(
                500,
                r#"{"code":"SYSTEM_ERROR","message":"oSecretPerson"}"#,
                TIMESTAMP,
            )),
            _ => Ok(self.platform.answer(200, r#"{"coupon_id":"9876543"}"#, TIMESTAMP)),
        }
    }

    fn sleep(&mut self, duration: Duration) {
        self.elapsed += duration;
    }

    fn unix_seconds(&mut self) -> u64 {
        TIMESTAMP
    }

    fn elapsed(&mut self) -> Duration {
        self.elapsed
    }

    fn stamp(&mut self) -> Result<Stamp, CryptoError> {
        self.requests += 1;
        Ok(Stamp { unix_seconds: TIMESTAMP, nonce: Nonce::from_entropy([self.requests; 16]) })
    }
}

#[test]
fn an_operation_is_a_span_and_an_attempt_an_event() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let mut world = World { platform, requests: 0, elapsed: Duration::ZERO, sent: Vec::new() };
    let listener = Listener::default();
    let operation = SendCoupon::new(
        "oSecretPerson".into(),
        "1234567".into(),
        "number-1".into(),
        "wxSecretApp".into(),
        credentials.mchid().into(),
    );
    let result = tracing::subscriber::with_default(listener.clone(), || {
        drive(client.exchange(&operation).unwrap(), &mut world)
    });
    result.unwrap();
    let lines = listener.0.lock().unwrap();
    let expected = [
        r#"span operation="coupon.send" path="/v3/marketing/favor/users/{openid}/coupons""#,
        "event attempt=1 elapsed=20ms error=no answer was received outcome=Unknown",
        "event attempt=2 status=500 request_id=\"0800A1B2-0\" elapsed=20ms error=WeChat Pay answered with an error \
         code=\"SYSTEM_ERROR\" outcome=Unknown",
        r#"event attempt=3 status=200 request_id="0800A1B2-0" elapsed=20ms"#,
    ];
    assert_eq!(lines.as_slice(), expected);
    let all = lines.join("\n");
    let authorization = world.sent[0].headers()["authorization"].to_str().unwrap();
    let signature = authorization.split('"').max_by_key(|part| part.len()).unwrap();
    for secret in
        ["oSecretPerson", "1234567", "number-1", "wxSecretApp", "9876543", credentials.mchid(), signature]
    {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}
