//! A client that calls a sandbox without sockets.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use wechatpay_sandbox::{Sandbox, Wire};

use super::call::Call;
use super::reply::{Reply, Signer};
use super::{FAVOR, NOW, credentials};

/// A new sandbox, and the time that requests use.
pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    pub(crate) now: u64,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self { sandbox: Sandbox::new(credentials().clone()).unwrap(), now: NOW }
    }

    /// Creates a client and a running stock.
    pub(crate) fn with_stock() -> (Self, String) {
        let client = Self::new();
        let stock = client.create_and_start(&terms("create-1"));
        (client, stock)
    }

    /// Creates a client, a running stock, and a coupon that is sent to `o1`.
    pub(crate) fn with_coupon() -> (Self, String, String) {
        let (client, stock) = Self::with_stock();
        let coupon = client.send_ok("o1", &stock, "send-1");
        (client, stock, coupon)
    }

    /// Sends a request, and verifies the signature of the response if there is one.
    pub(crate) fn raw(&self, request: Request<Bytes>) -> Reply {
        Reply::check(self.sandbox.handle(request, self.now))
    }

    /// A request with the client's time.
    pub(crate) fn call_now(&self, method: &str, target: &str, body: impl Into<Vec<u8>>) -> Call {
        Call { timestamp: self.now.to_string(), ..Call::new(method, target, body) }
    }

    /// Adds a fault. Its operation defaults to `coupon.send`.
    #[track_caller]
    pub(crate) fn add_fault(&self, mut fault: Value) {
        if fault.get("operation").is_none() {
            fault["operation"] = "coupon.send".into();
        }
        self.control_post("/faults", fault).ok();
    }

    /// Signs and sends a request, and applies pending faults.
    pub(crate) fn respond(&self, call: &Call) -> Wire {
        self.sandbox.respond(call.request(), self.now)
    }

    /// Signs and sends a request. Asserts that the response is signed with the public key at the client's time.
    #[track_caller]
    pub(crate) fn call(&self, method: &str, target: &str, body: impl Into<Vec<u8>>) -> Reply {
        let reply = self.raw(self.call_now(method, target, body).request());
        assert_eq!(reply.signer, Some(Signer::PublicKey), "{reply:?}");
        assert_eq!(reply.header("wechatpay-timestamp"), self.now.to_string());
        reply
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.call("GET", &format!("{FAVOR}{path}"), "")
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.call("POST", &format!("{FAVOR}{path}"), body.to_string())
    }

    /// Sends a control request without a body. `path` is below `/_sandbox`.
    pub(crate) fn control(&self, method: &str, path: &str) -> Reply {
        self.control_request(method, path, Bytes::new())
    }

    /// Posts a control request with a JSON body. `path` is below `/_sandbox`.
    pub(crate) fn control_post(&self, path: &str, body: Value) -> Reply {
        self.control_request("POST", path, body.to_string().into())
    }

    fn control_request(&self, method: &str, path: &str, body: Bytes) -> Reply {
        let request = Request::builder().method(method).uri(format!("/_sandbox{path}"));
        let reply = self.raw(request.body(body).unwrap());
        reply.assert_unsigned();
        reply
    }

    /// Advances the platform's time.
    #[track_caller]
    pub(crate) fn advance(&self, seconds: u64) {
        self.control_post("/clock", json!({ "advance_seconds": seconds })).ok();
    }

    /// Sets whether the merchant has the platform's public key only.
    #[track_caller]
    pub(crate) fn public_key_only(&self, only: bool) {
        self.control_post("/certificates/mode", json!({ "public_key_only": only })).ok();
    }

    /// Redeems a coupon.
    pub(crate) fn redeem(&self, coupon: &str) -> Reply {
        self.control("POST", &format!("/coupons/{coupon}/redeem"))
    }

    /// The summary of the state.
    #[track_caller]
    pub(crate) fn state(&self) -> Value {
        self.control("GET", "/state").ok()
    }

    /// Returns the notifications, the first thousand of them.
    #[track_caller]
    pub(crate) fn notifications(&self) -> Vec<Value> {
        self.control("GET", "/notifications?limit=1000").ok()["data"].as_array().unwrap().clone()
    }

    /// The whole state, with all lists.
    #[track_caller]
    pub(crate) fn export(&self) -> Value {
        let reply = self.control("GET", "/state/export");
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json
    }

    /// Returns the number of entries of a list in the state.
    #[track_caller]
    pub(crate) fn count(&self, list: &str) -> usize {
        self.state()[list].as_u64().unwrap().try_into().unwrap()
    }

    /// Creates a stock, and returns its id.
    #[track_caller]
    pub(crate) fn create(&self, terms: &Value) -> String {
        self.post("/coupon-stocks", terms).ok()["stock_id"].as_str().unwrap().to_owned()
    }

    /// Starts, pauses, restarts or stops a stock.
    #[track_caller]
    pub(crate) fn change_status(&self, stock: &str, action: &str) -> Reply {
        let creator = json!({ "stock_creator_mchid": credentials().mchid() });
        self.post(&format!("/stocks/{stock}/{action}"), &creator)
    }

    /// Creates and starts a stock, and returns its id.
    #[track_caller]
    pub(crate) fn create_and_start(&self, terms: &Value) -> String {
        let stock = self.create(terms);
        self.change_status(&stock, "start").ok();
        stock
    }

    /// Queries a stock.
    #[track_caller]
    pub(crate) fn query_stock(&self, stock: &str) -> Reply {
        self.get(&format!("/stocks/{stock}?{}", creator_query()))
    }

    #[track_caller]
    pub(crate) fn send(&self, openid: &str, stock: &str, number: &str) -> Reply {
        self.post(&format!("/users/{openid}/coupons"), &send_body(stock, number))
    }

    /// Sends a coupon, and returns its id.
    #[track_caller]
    pub(crate) fn send_ok(&self, openid: &str, stock: &str, number: &str) -> String {
        self.send(openid, stock, number).ok()["coupon_id"].as_str().unwrap().to_owned()
    }

    /// Queries a coupon.
    #[track_caller]
    pub(crate) fn query_coupon(&self, openid: &str, coupon: &str) -> Reply {
        self.get(&format!("/users/{openid}/coupons/{coupon}?appid={}", credentials().appid()))
    }

    /// Lists a user's coupons. `query` is appended to the `appid`.
    #[track_caller]
    pub(crate) fn list_coupons(&self, openid: &str, query: &str) -> Reply {
        self.get(&format!("/users/{openid}/coupons?appid={}&{query}", credentials().appid()))
    }
}

pub(crate) fn send_body(stock: &str, number: &str) -> Value {
    let (appid, mchid) = (credentials().appid(), credentials().mchid());
    json!({ "stock_id": stock, "out_request_no": number, "appid": appid, "stock_creator_mchid": mchid })
}

/// The query parameter with the stock's creator.
pub(crate) fn creator_query() -> String {
    format!("stock_creator_mchid={}", credentials().mchid())
}

/// A body that creates a stock: 5 coupons of 5 yuan, at most 2 for one user, from [`NOW`] to [`END`](super::END).
pub(crate) fn terms(number: &str) -> Value {
    json!({
        "stock_name": "双旦满减券",
        "belong_merchant": credentials().mchid(),
        "available_begin_time": "2026-11-23T00:00:00+08:00",
        "available_end_time": "2026-11-30T23:59:59+08:00",
        "stock_use_rule": {
            "max_coupons": 5, "max_amount": 2500, "max_coupons_per_user": 2,
            "natural_person_limit": false, "prevent_api_abuse": false,
        },
        "pattern_info": { "description": "全场通用" },
        "coupon_use_rule": {
            "fixed_normal_coupon": { "coupon_amount": 500, "transaction_minimum": 1000 },
            "available_merchants": [credentials().mchid(), "1999999999"],
        },
        "no_cash": true,
        "stock_type": "NORMAL",
        "out_request_no": number,
    })
}

/// A body that creates a platform-favor stock.
pub(crate) fn platform_favor(number: &str) -> Value {
    json!({
        "belong_merchant": credentials().mchid(),
        "send_rule": {
            "max_coupons": 100, "max_amount": 10000, "max_coupons_per_user": 1,
            "natural_person_limit": true, "deduct_balance_method": "REALTIME_DEDUCT",
        },
        "use_rule": {
            "available_time": {
                "available_begin_time": "2026-11-24T00:00:00+08:00",
                "available_end_time": "2026-11-30T23:59:59+08:00",
            },
            "coupon_amount": 100, "transaction_minimum": 101,
        },
        "display_pattern": { "description": "减金" },
        "out_request_no": number,
    })
}
