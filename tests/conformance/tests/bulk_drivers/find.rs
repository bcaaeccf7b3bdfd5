//! Looking for a coupon by the number of its request.

use serde_json::{Value, json};
use wechatpay_conformance::scripted::{Scripted, wire};
use wechatpay_core::Outcome;

use crate::*;

with_every_driver!(
    a_coupon_is_found_among_those_of_its_user_on_any_page,
    a_coupon_whose_query_is_rejected_does_not_hide_the_others,
);

/// More than two pages.
const COUPONS: usize = 45;

fn a_coupon_is_found_among_those_of_its_user_on_any_page<D: Driver>() {
    let campaign = Campaign::start(60);
    let driver = campaign.driver::<D>();
    let sent: Vec<_> = (0..COUPONS).map(|ordinal| send(&campaign, &driver, ordinal)).collect();
    for (ordinal, id) in sent.iter().enumerate().step_by(11) {
        assert_eq!(driver.find(&campaign.coupon(0, ordinal)).unwrap().as_ref(), Some(id));
    }
    assert!(campaign.served.state()["requests"]["coupon.list"].as_u64().unwrap() > 5);
    // A number that was never sent, and another user.
    assert_eq!(driver.find(&campaign.coupon(0, COUPONS)).unwrap(), None);
    assert_eq!(driver.find(&campaign.coupon(1, 0)).unwrap(), None);
    // The same number in another stock.
    let mut other = campaign.coupon(0, 0);
    other.stock_id = "1".into();
    assert_eq!(driver.find(&other).unwrap(), None);
}

fn a_coupon_whose_query_is_rejected_does_not_hide_the_others<D: Driver>() {
    let (core, platform, _) = pair(now());
    let wanted = send_coupon();
    let coupon = |id: &str| {
        json!({
            "coupon_id": id, "stock_id": wanted.stock_id, "stock_creator_mchid": wanted.stock_creator_mchid,
            "status": "SENDED"
        })
    };
    let mut detail = coupon("2");
    detail["out_request_no"] = json!(wanted.out_request_no);
    let list = json!({"data": [coupon("1"), coupon("2")], "total_count": 2, "limit": 20, "offset": 0});
    let missing = json!({"code": "RESOURCE_NOT_EXISTS", "message": "x"});
    let found = [(200, &list), (404, &missing), (200, &detail)];
    let nothing = [(200, &list), (404, &missing), (404, &missing)];
    let find = |responses: [(u16, &Value); 3]| {
        let responses =
            responses.map(|(status, body)| wire(&platform.signed_response(status, &body.to_string(), now())));
        let server = Scripted::start(|_| responses.to_vec());
        D::new(at(&core, &server.url)).find(&wanted)
    };
    assert_eq!(find(found).unwrap().as_deref(), Some("2"));
    // It may be the one that cannot be queried.
    assert_eq!(find(nothing).unwrap_err().outcome(), Outcome::Rejected);
}

fn send(campaign: &Campaign, driver: &impl Driver, ordinal: usize) -> String {
    driver.send(&campaign.coupon(0, ordinal)).unwrap().into_value().coupon_id.as_str().to_owned()
}
