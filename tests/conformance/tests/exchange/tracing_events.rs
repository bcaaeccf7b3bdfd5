//! The spans and events of the feature `tracing`, which must not contain secrets.

use std::cell::{Cell, RefCell};
use std::fmt::{Debug, Write as _};
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wechatpay_core::error::Phase;

use crate::*;

thread_local! {
    /// The spans and events of this thread, each as a line.
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// Whether this thread is in the span.
    static ENTERED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a test and returns its spans and events.
///
/// The subscriber is that of the whole program: tracing asks only once whether anyone is interested in an event, and with
/// a subscriber per test, a test without one could answer for all.
fn traced(test: impl FnOnce()) -> Vec<String> {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| tracing::subscriber::set_global_default(Listener).unwrap());
    LINES.take();
    test();
    LINES.take()
}

struct Listener;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

fn write(begin: &str, record: impl FnOnce(&mut Line)) {
    let mut line = Line(begin.to_owned());
    record(&mut line);
    LINES.with_borrow_mut(|lines| lines.push(line.0));
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("wechatpay")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        write("span", |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        write("record", |line| values.record(line));
    }

    fn event(&self, event: &Event<'_>) {
        let in_span = event.parent() == Some(&Id::from_u64(1)) || event.is_contextual() && ENTERED.get();
        let place = if in_span { "" } else { " outside" };
        write(&format!("{}{place}", event.metadata().level()), |line| event.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {
        ENTERED.set(true);
    }

    fn exit(&self, _: &Id) {
        ENTERED.set(false);
    }
}

#[test]
fn an_operation_is_a_span_and_an_attempt_an_event() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let mut attempts = 0;
    // Each request takes 20 ms. The first is lost, the second fails, the third succeeds.
    let mut io = Simulated::new(TIMESTAMP, |_, now, _| {
        attempts += 1;
        let result = match attempts {
            1 => {
                Err(TransportError::new(TransportErrorKind::MaybeSent, "connection reset")
                    .during(Phase::Head))
            }
            2 => {
                Ok(platform.signed_response(500, r#"{"code":"SYSTEM_ERROR","message":"oSecretPerson"}"#, now))
            }
            _ => Ok(platform.signed_response(200, r#"{"coupon_id":"9876543"}"#, now)),
        };
        (result, Duration::from_millis(20))
    });
    io.turns = [Duration::from_millis(5)].into();
    let operation = SendCoupon::new(RequiredCouponFields {
        openid: "oSecretPerson".into(),
        appid: "wxSecretApp".into(),
        stock_id: "1234567".into(),
        stock_creator_mchid: credentials.mchid().into(),
        out_request_no: "number-1".into(),
    });
    let lines = traced(|| {
        drive(client.exchange(&operation).unwrap(), &mut io).unwrap();
    });
    let pauses: Vec<_> = io.slept.iter().map(|pause| format!("{pause:?}")).collect();
    let lost = "no complete response was received: the request may have been sent, but no complete response was received; \
                it failed before the response began (https://api.mch.weixin.qq.com:443): connection reset";
    let busy = "WeChat Pay returned an error: SYSTEM_ERROR: … (HTTP 500, request id 0800A1B2-0)";
    let expected = [
        r#"span operation="coupon.send" path="/v3/marketing/favor/users/{openid}/coupons""#.to_owned(),
        format!(
            "DEBUG attempt=1 host=\"api.mch.weixin.qq.com\" queued=5ms elapsed=20ms phase=\"head\" outcome=Unknown error={lost}"
        ),
        format!("WARN message=the request is sent again attempt=1 delay={} error={lost}", pauses[0]),
        format!(
            "DEBUG attempt=2 host=\"api.mch.weixin.qq.com\" status=500 request_id=\"0800A1B2-0\" queued=0ns elapsed=20ms \
             code=\"SYSTEM_ERROR\" outcome=Unknown error={busy}"
        ),
        format!("WARN message=the request is sent again attempt=2 delay={} error={busy}", pauses[1]),
        "DEBUG attempt=3 host=\"api.mch.weixin.qq.com\" status=200 request_id=\"0800A1B2-0\" queued=0ns elapsed=20ms"
            .to_owned(),
        "record outcome=Done".to_owned(),
        "record attempts=3".to_owned(),
        format!("record elapsed={:?}", io.elapsed),
        "record host=\"api.mch.weixin.qq.com\"".to_owned(),
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
fn a_callback_that_waits_for_certificates_is_a_span_and_each_attempt_to_fetch_them_an_event() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(&credentials));
    let mut attempts = 0;
    let mut io = Simulated::new(TIMESTAMP, |_, now, _| {
        attempts += 1;
        let refused = r#"{"code":"NO_AUTH","message":"no certificates for you"}"#;
        let (status, body) = if attempts == 1 { (503, "{}") } else { (403, refused) };
        (Ok(platform.signed_response(status, body, now)), Duration::from_millis(20))
    });
    let mut request = platform.callback("oSecretPerson", TIMESTAMP);
    request.headers_mut().insert("wechatpay-serial", "AB12".parse().unwrap());
    let lines = traced(|| {
        let error = drive(client.receive::<CouponUsed>(&request, TIMESTAMP), &mut io).unwrap_err();
        assert!(error.certificates().is_some());
    });
    let [span, first, warning, second, end] = lines.as_slice() else { panic!("{lines:#?}") };
    assert!(span.starts_with(r#"span operation="notification.receive" path="/v3/certificates""#), "{span}");
    let attempt = |number| format!("DEBUG attempt={number} host=\"api.mch.weixin.qq.com\" status=");
    assert!(first.starts_with(&(attempt(1) + "503 ")), "{first}");
    let again = format!("WARN message=the request is sent again attempt=1 delay={:?} error=", io.slept[0]);
    assert!(warning.starts_with(&again), "{warning}");
    assert!(second.starts_with(&(attempt(2) + "403 ")), "{second}");
    assert!(second.contains(r#"code="NO_AUTH""#) && second.contains("no certificates for you"), "{second}");
    let whole = format!("DEBUG message=callback status=503 elapsed={:?} error=", io.elapsed);
    assert!(end.starts_with(&whole), "{end}");
    assert!(end.contains("no certificates for you"), "the cause of the cause: {end}");
    assert!(!lines.join("\n").contains("oSecretPerson"), "{lines:#?}");
}

#[test]
fn a_failed_operation_ends_its_span_with_outcome_code_host_and_the_whole_reason() {
    let (client, platform, _) = pair(TIMESTAMP);
    let body = r#"{"code":"NOT_ENOUGH","message":"the budget is used up"}"#;
    let mut io = Simulated::new(TIMESTAMP, |_, now, _| {
        (Ok(platform.signed_response(403, body, now)), Duration::from_millis(20))
    });
    let mut reason = String::new();
    let lines = traced(|| {
        let error = drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap_err();
        reason = format!("{error:#}");
    });
    let expected = [
        "record outcome=Rejected".to_owned(),
        "record attempts=1".to_owned(),
        "record elapsed=20ms".to_owned(),
        "record host=\"api.mch.weixin.qq.com\"".to_owned(),
        "record code=\"NOT_ENOUGH\"".to_owned(),
        format!("record reason={reason}"),
    ];
    assert_eq!(&lines[2..], expected);
    assert!(expected[5].contains("the budget is used up"), "{}", expected[5]);
}

#[test]
fn a_second_attempt_at_once_is_a_warning_without_a_delay() {
    let (client, platform, _) = pair(TIMESTAMP);
    let mut attempts = 0;
    let mut io = Simulated::new(TIMESTAMP, |_, now, _| {
        attempts += 1;
        let closed = || TransportError::new(TransportErrorKind::MaybeSent, "reset").on_reused_connection();
        let result =
            if attempts == 1 { Err(closed()) } else { Ok(platform.signed_response(200, COUPON_SENT, now)) };
        (result, Duration::ZERO)
    });
    let lines = traced(|| {
        drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap();
    });
    let warnings: Vec<_> = lines.iter().filter(|line| line.starts_with("WARN")).collect();
    let [warning] = warnings.as_slice() else { panic!("{lines:#?}") };
    assert!(
        warning.starts_with("WARN message=the request is sent again attempt=1 delay=0ns error="),
        "{warning}"
    );
}

#[test]
fn every_callback_is_an_event() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(&credentials));
    let good = platform.callback(&coupon_used(&credentials), TIMESTAMP);
    let mut forged = good.clone();
    forged.body_mut().push(b' ');
    let lines = traced(|| {
        client.notification::<CouponUsed>(&good, TIMESTAMP).unwrap();
        client.notification::<CouponUsed>(&forged, TIMESTAMP).unwrap_err();
    });
    let [read, refused] = lines.as_slice() else { panic!("{lines:#?}") };
    assert_eq!(read, "DEBUG outside message=callback event_type=COUPON.USE");
    assert!(refused.starts_with("DEBUG outside message=callback status=401 error="), "{refused}");
    assert!(!lines.join("\n").contains("98674556"), "{lines:#?}");
}
