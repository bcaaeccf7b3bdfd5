//! `Debug` of the values in responses, and of the drivers.

use std::sync::Mutex;
use std::time::Duration;

use http::Method;
use serde::de::DeserializeOwned;
use wechatpay_conformance::simulated::Simulated;
use wechatpay_core::metrics::{AttemptReport, CallbackReport, Metrics, OperationReport};
use wechatpay_core::{Verified, drive};

use crate::*;

fn shown() -> Shown {
    Shown::without([OPENID, CONTENT, DOWNLOAD_TOKEN])
}

/// An operation that prints the verified response while decoding it.
#[derive(Clone, serde::Serialize)]
struct PrintVerified;

impl Operation for PrintVerified {
    const NAME: &'static str = "print_verified";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/print";
    const IDEMPOTENT: bool = true;
    type Response = Vec<String>;

    fn decode(answer: Verified<'_>) -> Result<Vec<String>, DecodeError> {
        assert!(answer.body().windows(OPENID.len()).any(|bytes| bytes == OPENID.as_bytes()));
        let mut shown = shown();
        shown.debug(&answer);
        Ok(vec![])
    }
}

#[test]
pub(crate) fn response_values_show_no_personal_data() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let mut shown = shown();
    shown.debug(&Openid::from(OPENID));
    shown.debug(&CouponIntent { mchid: &"1".into(), campaign: "c", key: OPENID, ordinal: 1 });
    shown.debug(&User { openid: OPENID.into(), appid: "wx".into() });
    shown.debug(&RequiredCouponFields {
        openid: OPENID.into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "1".into(),
        out_request_no: "n".into(),
    });
    client
        .response(
            &PrintVerified,
            &platform.signed_response(200, &format!("{{\"openid\":\"{OPENID}\"}}"), TIMESTAMP),
            TIMESTAMP,
        )
        .unwrap();

    // Unknown fields may contain personal data.
    let coupon = format!(
        r#"{{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"3","coupon_name":"c","status":"USED",
            "description":"d","create_time":"2015-05-20T13:29:35+08:00","coupon_type":"NORMAL","no_cash":true,
            "available_begin_time":"2015-05-20T13:29:35+08:00","available_end_time":"2015-05-20T13:29:35+08:00",
            "singleitem":false,"openid":"{OPENID}","x":"{CONTENT}","consume_information":{{"transaction_id":"4",
            "openid":"{OPENID}","goods_detail":[{{"goods_id":"g","openid":"{OPENID}"}}]}}}}"#
    );
    model::<Coupon>(&mut shown, &coupon);
    model::<CouponUsed>(&mut shown, &coupon);
    let list = format!(r#"{{"data":[{coupon}],"total_count":1,"limit":1,"offset":0,"openid":"{OPENID}"}}"#);
    model::<CouponCollection>(&mut shown, &list);
    let used = serde_json::from_str::<CouponUsed>(&coupon).unwrap().consume_information.unwrap();
    shown.debug(&used.goods_detail[0]);
    shown.debug(&used);
    let link = format!(
        r#"{{"url":"https://x/?token={DOWNLOAD_TOKEN}","hash_value":"8a","hash_type":"SHA1","stock_useflow_hash":"8a",
            "stock_useflow_count":1,"stock_refundflow_hash":"8a","stock_refundflow_count":1}}"#
    );
    model::<UseFlowResponse>(&mut shown, &link);
    model::<UseFlowByDayResponse>(&mut shown, &link);
    model::<RefundFlowResponse>(&mut shown, &link);
    model::<RefundFlowByDayResponse>(&mut shown, &link);

    // The columns of a row may contain anything.
    let file = format!("批次id,优惠id,设备号,用户\n1,2,{CONTENT},{OPENID}\n");
    let row = FlowRows::new(file.as_bytes(), None).next().unwrap().unwrap();
    assert_eq!((row.device.as_deref(), row.other[0].1.as_str()), (Some(CONTENT), OPENID));
    shown.debug(&row);

    // Errors of the platform and of the core about an invalid value.
    let body = format!(r#"{{"code":"PARAM_ERROR","detail":{{"field":"openid","value":"{OPENID}"}}}}"#);
    let error =
        read_response::<SendCoupon>(&client, &platform.signed_response(400, &body, TIMESTAMP), TIMESTAMP)
            .unwrap_err();
    let detail = error.api().unwrap().detail().unwrap();
    assert!(detail.value.as_ref().unwrap() == OPENID);
    shown.debug(&detail);
    let (long, mchid) = (format!("{OPENID}{}", "x".repeat(128)), credentials.mchid());
    let wrong = SendCoupon::new(RequiredCouponFields {
        openid: long.into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: mchid.into(),
        out_request_no: "n".into(),
    });
    let Err(BuildError::Field(field)) = client.request(&wrong, stamp()) else {
        panic!("the field was accepted")
    };
    shown.both(&field);
    shown.debug(field.problem());
}

fn model<T: DeserializeOwned + Debug>(shown: &mut Shown, json: &str) {
    shown.debug(&serde_json::from_str::<T>(json).unwrap());
}

/// Prints each report.
struct Printing(Mutex<Shown>);

impl Metrics for Printing {
    fn attempt(&self, report: &AttemptReport<'_>) {
        self.0.lock().unwrap().debug(report);
    }

    fn operation(&self, report: &OperationReport<'_>) {
        self.0.lock().unwrap().debug(report);
    }

    fn callback(&self, report: &CallbackReport<'_>) {
        self.0.lock().unwrap().debug(report);
    }
}

#[test]
pub(crate) fn reports_show_nothing_of_requests_and_responses() {
    let (client, platform, _) = pair(TIMESTAMP);
    let client = client.with_metrics(Printing(Mutex::new(shown())));
    let message = format!(r#"{{"code":"RULE_LIMIT","message":"{OPENID} has enough"}}"#);
    let mut io = Simulated::new(TIMESTAMP, |_, now, _| {
        (Ok(platform.signed_response(403, &message, now)), Duration::ZERO)
    });
    let mut coupon = send_coupon();
    coupon.openid = OPENID.into();
    drive(client.exchange(&coupon).unwrap(), &mut io).unwrap_err();
    let callback = platform.callback(&format!(r#"{{"openid":"{OPENID}"}}"#), TIMESTAMP);
    client.notification::<CouponUsed>(&callback, TIMESTAMP).unwrap_err();
}

#[test]
pub(crate) fn drivers_show_nothing_of_their_requests() {
    let (client, ..) = pair(TIMESTAMP);
    let mut shown = shown();
    shown.debug(&wechatpay_ureq::Client::new(client.clone()));
    let driver = wechatpay_hyper::Client::new(client);
    shown.debug(&driver);
    shown.debug(&wechatpay_hyper::connector());
    shown.debug(&driver.list(ListCouponsByFilter::by_creator(
        User { openid: OPENID.into(), appid: "wx".into() },
        "1".into(),
    )));
    let error = TransportError::new(TransportErrorKind::MaybeSent, "the connection was closed");
    shown.both(&error);
    shown.error(&Error::from(error));
}
