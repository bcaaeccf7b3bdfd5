//! WeChat Pay as the one that calls back: it makes callbacks, and the test delivers them.

use serde_json::json;
use wechatpay_core::bytes::Bytes;
use wechatpay_core::http::{Request, StatusCode};
use wechatpay_core::types::Timestamp;
use wechatpay_sandbox::{Options, Sandbox};

use crate::merchant::{Merchant, STOCK, now};

/// A sandbox with the keys of a merchant and without a server.
pub(crate) struct Platform(Sandbox);

/// A callback that was made.
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) request: Request<Bytes>,
}

impl Platform {
    /// With so many coupons of 1 yuan that were sent: 20000001 and so on.
    pub(crate) fn new(merchant: &Merchant, coupons: u32) -> Self {
        let time = |at| Timestamp::from_unix(at).unwrap().as_str().to_owned();
        let coupons = (0..coupons).map(|at| {
            let id = 20_000_001 + at;
            json!({
                "coupon_id": id.to_string(), "stock_id": STOCK, "openid": format!("oUser{at}"),
                "out_request_no": format!("number{at}"),
            })
        });
        let seed = json!({
            "notify_url": "http://127.0.0.1:1/callback",
            "stocks": [{
                "stock_id": STOCK, "status": "running",
                "terms": {
                    "stock_name": "双旦满减券", "no_cash": true, "stock_type": "NORMAL", "out_request_no": "seed",
                    "available_begin_time": time(now() - 1000), "available_end_time": time(now() + 86_400),
                    "stock_use_rule": {
                        "max_coupons": 10_000, "max_amount": 1_000_000, "max_coupons_per_user": 2,
                        "natural_person_limit": false, "prevent_api_abuse": false
                    },
                    "coupon_use_rule": {
                        "fixed_normal_coupon": { "coupon_amount": 100, "transaction_minimum": 200 }
                    }
                }
            }],
            "coupons": coupons.collect::<Vec<_>>(),
        });
        let options = Options::new().seed(seed.to_string(), now());
        Self(Sandbox::with_options(merchant.credentials.clone(), options).unwrap())
    }

    fn control(&self, path: &str, at: u64) {
        let request = Request::post(format!("/_sandbox/{path}")).body(Bytes::from_static(b"{}")).unwrap();
        let response = self.0.handle(request, at);
        assert!(response.status().is_success(), "{response:?}");
    }

    /// Uses a coupon, and makes the callback.
    pub(crate) fn used(&self, coupon: u32) -> Made {
        self.used_at(coupon, now())
    }

    /// The same at another time.
    pub(crate) fn used_at(&self, coupon: u32, at: u64) -> Made {
        self.control(&format!("coupons/{}/redeem", 20_000_000 + coupon), at);
        self.next(at)
    }

    /// Makes a callback again: the platform has heard nothing of the first one.
    pub(crate) fn again(&self, made: &Made) -> Made {
        self.control(&format!("notifications/{}/resend", made.id), now());
        self.next(now())
    }

    fn next(&self, at: u64) -> Made {
        let delivery = self.0.next_delivery(at).unwrap();
        self.0.delivered(delivery.attempt, Ok(StatusCode::OK));
        let body: serde_json::Value = serde_json::from_slice(delivery.request.body()).unwrap();
        Made { id: body["id"].as_str().unwrap().to_owned(), request: delivery.request }
    }
}
