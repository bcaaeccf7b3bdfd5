//! What is reported to `Metrics`.

use std::sync::{Arc, Mutex};

use wechatpay_core::metrics::{AttemptReport, CallbackReport, Metrics, OperationReport};

use crate::*;

/// Records each report as a line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn push(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Metrics for Lines {
    fn attempt(&self, report: &AttemptReport<'_>) {
        let AttemptReport { operation, path, attempt, host, queued, elapsed, http_status, error, .. } =
            report;
        let (status, error) = (http_status.map(|status| status.as_u16()), error.map(Error::outcome));
        self.push(format!("{operation} {path} {attempt} {host} {queued:?} {elapsed:?} {status:?} {error:?}"));
    }

    fn operation(&self, report: &OperationReport<'_>) {
        let OperationReport { operation, path, attempts, host, elapsed, error, .. } = report;
        let (outcome, error) = (report.outcome(), error.map(ToString::to_string));
        self.push(format!("{operation} {path} {attempts} {host} {elapsed:?} {outcome:?} {error:?}"));
    }

    fn callback(&self, report: &CallbackReport<'_>) {
        let CallbackReport { event_type, refused, elapsed, .. } = report;
        self.push(format!("{event_type:?} {:?} {elapsed:?}", refused.map(|status| status.as_u16())));
    }
}

#[test]
fn attempts_and_operations_are_reported() {
    let (lines, (client, platform, _)) = (Lines::default(), pair(TIMESTAMP));
    let client = client.with_backup(BaseUrl::wechatpay_backup()).with_metrics(lines.clone());
    let mut attempts = 0;
    let mut io = Simulated::new(TIMESTAMP, |_, now, _| {
        attempts += 1;
        let result = match attempts {
            1 => Err(TransportErrorKind::NotSent.into()),
            _ => Ok(platform.signed_response(403, "{}", now)),
        };
        (result, Duration::from_millis(20))
    });
    io.turns = [Duration::from_millis(3), Duration::from_millis(4)].into();
    drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap_err();
    let send = "coupon.send /v3/marketing/favor/users/{openid}/coupons";
    let elapsed = io.elapsed;
    let expected = [
        format!("{send} 1 api.mch.weixin.qq.com 3ms 20ms None Some(NotSent)"),
        format!("{send} 2 api2.mch.weixin.qq.com 4ms 20ms Some(403) Some(Rejected)"),
        format!(
            "{send} 2 api2.mch.weixin.qq.com {elapsed:?} Rejected Some(\"WeChat Pay returned an error\")"
        ),
    ];
    assert_eq!(lines.take(), expected);
}

#[test]
fn a_success_and_an_operation_that_was_not_sent_are_reported() {
    let (lines, (client, platform, _)) = (Lines::default(), pair(TIMESTAMP));
    let client = client.with_metrics(lines.clone());
    let mut io = Simulated::new(TIMESTAMP, |_, now, _| {
        (Ok(platform.signed_response(200, COUPON_SENT, now)), Duration::ZERO)
    });
    drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap();
    assert!(lines.take()[1].ends_with(" 1 api.mch.weixin.qq.com 0ns Done None"));
    io.turns = [Duration::MAX].into();
    drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap_err();
    let [end] = lines.take().try_into().unwrap();
    assert!(end.contains(" 0 api.mch.weixin.qq.com 25s NotSent "), "{end}");
}

#[test]
fn a_fetch_of_certificates_is_reported_with_the_message_that_needs_it() {
    let (lines, (client, platform, credentials)) = (Lines::default(), pair(TIMESTAMP));
    let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(&credentials)).with_metrics(lines.clone());
    let mut io = Simulated::new(TIMESTAMP, |request: Request<Bytes>, now, _| {
        let status = if request.uri().path() == "/v3/certificates" { 404 } else { 200 };
        let response = platform.signed_response(status, COUPON_SENT, now);
        let response =
            if status == 200 { with_header(response, "wechatpay-serial", "AB12") } else { response };
        (Ok(response), Duration::from_millis(20))
    });
    drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap_err();
    let reports = lines.take();
    let send = "coupon.send /v3/marketing/favor/users/{openid}/coupons";
    assert_eq!(reports.len(), 3, "{reports:#?}");
    for (report, status) in reports.iter().zip([200, 404]) {
        assert!(
            report.starts_with(&format!("{send} 1 ")) && report.contains(&format!("Some({status})")),
            "{report}"
        );
    }
    assert!(
        reports[2].starts_with(&format!("{send} 1 ")) && reports[2].contains("Unknown"),
        "{}",
        reports[2]
    );
}

#[test]
fn callbacks_are_reported() {
    let (lines, (client, platform, credentials)) = (Lines::default(), pair(TIMESTAMP));
    let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(&credentials)).with_metrics(lines.clone());
    let mut callback = platform.callback(&coupon_used(&credentials), TIMESTAMP);
    client.notification::<CouponUsed>(&callback, TIMESTAMP).unwrap();
    let mut io = Simulated::new(TIMESTAMP, |_, _, _| panic!("nothing is sent"));
    drive(client.receive::<CouponUsed>(&callback, TIMESTAMP), &mut io).unwrap();
    callback.body_mut().push(b' ');
    client.notification::<CouponUsed>(&callback, TIMESTAMP).unwrap_err();
    let expected =
        ["Some(\"COUPON.USE\") None None", "Some(\"COUPON.USE\") None Some(0ns)", "None Some(401) None"];
    assert_eq!(lines.take(), expected);
}
