//! The spans and events of the feature `tracing`, which must not contain secrets.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::*;

/// Records each span and event as a line.
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

#[test]
fn an_operation_is_a_span_and_an_attempt_an_event() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let mut attempts = 0;
    // Each request takes 20 ms. The first is lost, the second fails, the third succeeds.
    let mut io = Simulated::new(TIMESTAMP, |_, now, _| {
        attempts += 1;
        let result = match attempts {
            1 => Err(TransportErrorKind::MaybeSent.into()),
            2 => {
                Ok(platform.signed_response(500, r#"{"code":"SYSTEM_ERROR","message":"oSecretPerson"}"#, now))
            }
            _ => Ok(platform.signed_response(200, r#"{"coupon_id":"9876543"}"#, now)),
        };
        (result, Duration::from_millis(20))
    });
    let listener = Listener::default();
    let operation = SendCoupon::new(RequiredCouponFields {
        openid: "oSecretPerson".into(),
        appid: "wxSecretApp".into(),
        stock_id: "1234567".into(),
        stock_creator_mchid: credentials.mchid().into(),
        out_request_no: "number-1".into(),
    });
    let result = tracing::subscriber::with_default(listener.clone(), || {
        drive(client.exchange(&operation).unwrap(), &mut io)
    });
    result.unwrap();
    let lines = listener.0.lock().unwrap();
    let expected = [
        r#"span operation="coupon.send" path="/v3/marketing/favor/users/{openid}/coupons""#,
        "event attempt=1 elapsed=20ms error=no complete response was received outcome=Unknown",
        "event attempt=2 status=500 request_id=\"0800A1B2-0\" elapsed=20ms error=WeChat Pay returned an error \
         code=\"SYSTEM_ERROR\" outcome=Unknown",
        r#"event attempt=3 status=200 request_id="0800A1B2-0" elapsed=20ms"#,
    ];
    assert_eq!(lines.as_slice(), expected);
    let all = lines.join("\n");
    let authorization = io.sent[0].headers()["authorization"].to_str().unwrap();
    let signature = authorization.split('"').max_by_key(|part| part.len()).unwrap();
    for secret in
        ["oSecretPerson", "1234567", "number-1", "wxSecretApp", "9876543", credentials.mchid(), signature]
    {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

#[test]
fn a_callback_that_waits_for_certificates_is_a_span_and_its_fetch_an_event() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(&credentials));
    let mut io = Simulated::new(TIMESTAMP, |_, now, _| {
        let body = r#"{"code":"NO_AUTH","message":"oSecretPerson"}"#;
        (Ok(platform.signed_response(403, body, now)), Duration::from_millis(20))
    });
    let mut request = platform.callback("oSecretPerson", TIMESTAMP);
    request.headers_mut().insert("wechatpay-serial", "AB12".parse().unwrap());
    let listener = Listener::default();
    let result = tracing::subscriber::with_default(listener.clone(), || {
        drive(client.receive::<CouponUsed>(&request, TIMESTAMP), &mut io)
    });
    assert!(result.unwrap_err().certificates().is_some());
    let lines = listener.0.lock().unwrap();
    let [span, event] = lines.as_slice() else { panic!("{lines:#?}") };
    assert_eq!(span, r#"span operation="notification.receive" path="/v3/certificates""#);
    assert!(event.starts_with("event attempt=1 status=403 "), "{event}");
    assert!(event.contains(r#"code="NO_AUTH""#) && !event.contains("oSecretPerson"), "{event}");
}
