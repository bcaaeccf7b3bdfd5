//! A sandbox and the merchant that it knows: in this process alone, or behind a socket.

use std::net::Ipv4Addr;
use std::ops::Deref;
use std::sync::OnceLock;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Map, Value};
use wechatpay_core::cashcoupons::{
    CouponRule, CreateCouponStock, RequiredStockFields, SendCoupon, StartStock, StockId, StockRule, UseFlow,
};
use wechatpay_core::crypto::CryptoProvider;
use wechatpay_core::types::{Appid, Fen, Mchid, Timestamp, UnixSeconds};
use wechatpay_core::{Client, Merchant, Operation, PlatformKeys};
use wechatpay_sandbox::{Credentials, Sandbox, Server};

use crate::drivers::Driver;
use crate::{
    PROVIDERS, api_v3_key, at, client, credentials, merchant, now, stamp_at, trusting_certificate,
    trusting_public_key,
};

/// How long after its creation a stock begins, in seconds, so that no clock's tick matters; it lasts as long.
pub const HOUR: u64 = 3600;

/// A sandbox without sockets, and what the merchant has.
pub struct LocalSandbox {
    /// The platform.
    pub sandbox: Sandbox,
    /// The merchant's.
    pub credentials: Credentials,
    /// The time at which it is told what to do; the real one where there is none.
    pub time: Option<UnixSeconds>,
    merchant: Merchant,
}

impl LocalSandbox {
    /// A new sandbox for a merchant who is there already: making keys takes its time.
    pub fn new(credentials: &Credentials, time: Option<UnixSeconds>) -> Self {
        let (sandbox, merchant) = (Sandbox::new(credentials.clone()), merchant(PROVIDERS[1], credentials));
        Self { sandbox: sandbox.unwrap(), credentials: credentials.clone(), time, merchant }
    }

    fn now(&self) -> UnixSeconds {
        self.time.unwrap_or_else(now)
    }

    /// The merchant's number.
    pub fn mchid(&self) -> Mchid {
        self.credentials.mchid().into()
    }

    /// Its app.
    pub fn appid(&self) -> Appid {
        self.credentials.appid().into()
    }

    /// The merchant's client, who trusts `keys`, and has no APIv3 key.
    pub fn client_without_api_v3_key(&self, keys: PlatformKeys) -> Client {
        Client::new(self.merchant.clone(), keys).unwrap()
    }

    /// The same with the APIv3 key, so that certificates can be fetched.
    pub fn client(&self, keys: PlatformKeys) -> Client {
        self.client_without_api_v3_key(keys).with_api_v3_key(PROVIDERS[1], api_v3_key(&self.credentials))
    }

    /// The platform's public key.
    pub fn public_key(&self, provider: &CryptoProvider) -> PlatformKeys {
        let credentials = &self.credentials;
        trusting_public_key(provider, credentials.public_key_id(), credentials.public_key_pem())
    }

    /// The platform's first certificate.
    pub fn certificate(&self, provider: &CryptoProvider) -> PlatformKeys {
        trusting_certificate(provider, self.credentials.platform_certificate_pem())
    }

    /// A certificate that the platform had once, and signs with no more.
    pub fn old_certificate(&self) -> PlatformKeys {
        static OLD: OnceLock<Credentials> = OnceLock::new();
        let old = OLD.get_or_init(|| Credentials::generate(self.now()).unwrap());
        trusting_certificate(PROVIDERS[1], old.platform_certificate_pem())
    }

    /// A stock of ten coupons of 1 yuan, five for each user, that begins in an hour and ends in two.
    pub fn stock(&self, number: &str) -> CreateCouponStock {
        let time = |seconds| Timestamp::from_unix(self.now() + seconds).unwrap();
        CreateCouponStock::new(RequiredStockFields {
            out_request_no: number.into(),
            stock_name: "代金券".into(),
            belong_merchant: self.mchid(),
            available_begin_time: time(HOUR),
            available_end_time: time(2 * HOUR),
            stock_use_rule: StockRule::new(10, Fen::new(1000), 5),
            coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(200), [self.mchid()]),
            no_cash: true,
        })
    }

    /// Creates a stock of one coupon for each user. It has begun, but was not started.
    pub fn stock_that_is_not_started(&self) -> StockId {
        let mut create = self.stock("stock");
        create.stock_use_rule = StockRule::new(5, Fen::new(500), 1);
        let stock_id = self.done(&create).stock_id;
        self.advance(HOUR + 1);
        stock_id
    }

    /// The same, and coupons can be sent.
    pub fn running_stock(&self) -> StockId {
        let stock_id = self.stock_that_is_not_started();
        self.done(&StartStock::new(stock_id.clone(), self.mchid()));
        stock_id
    }

    /// A coupon of a stock, with this number, for this user.
    pub fn coupon(&self, user: &str, stock_id: &StockId, number: &str) -> SendCoupon {
        SendCoupon::new(user.into(), stock_id.clone(), number.into(), self.appid(), self.mchid())
    }

    /// What an operation gives that nothing stands in the way of.
    pub fn done<O: Operation>(&self, operation: &O) -> O::Response {
        let (client, now) = (self.client_without_api_v3_key(self.public_key(PROVIDERS[1])), self.now());
        let response = self.sandbox.handle(client.request(operation, stamp_at(now)).unwrap(), now);
        client.response(operation, &response, now).unwrap().into_value()
    }

    /// `POST /_sandbox/…`.
    pub fn control(&self, path: &str, body: &str) -> Value {
        self.ask(Method::POST, path, body)
    }

    /// `GET /_sandbox/state`.
    pub fn state(&self) -> Value {
        self.ask(Method::GET, "state", "")
    }

    fn ask(&self, method: Method, path: &str, body: &str) -> Value {
        let request = Request::builder().method(method).uri(format!("/_sandbox/{path}"));
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let response = self.sandbox.handle(request, self.now());
        assert_eq!(response.status(), 200, "{path}: {response:?}");
        serde_json::from_slice(response.body()).unwrap()
    }

    /// Lets time pass at the platform.
    pub fn advance(&self, seconds: u64) {
        self.control("clock", &format!(r#"{{"advance_seconds":{seconds}}}"#));
    }

    /// The platform takes another certificate. Its serial number.
    pub fn rotate(&self) -> String {
        self.control("certificates/rotate", "")["serial_no"].as_str().unwrap().to_owned()
    }

    /// Asks for a fault, written as its name and parameters: `rate_limited retry_after=7`.
    pub fn fault(&self, operation: &str, fault: &str) {
        let mut words = fault.split_whitespace();
        let mut body = Map::new();
        body.insert("operation".to_owned(), operation.into());
        body.insert("fault".to_owned(), words.next().unwrap().into());
        for parameter in words {
            let (name, value) = parameter.split_once('=').unwrap();
            body.insert(name.to_owned(), serde_json::from_str(value).unwrap());
        }
        self.control("faults", &Value::Object(body).to_string());
    }
}

/// A sandbox that serves HTTP, by the real time.
pub struct ServedSandbox {
    local: LocalSandbox,
    server: Server,
}

impl Deref for ServedSandbox {
    type Target = LocalSandbox;

    fn deref(&self) -> &LocalSandbox {
        &self.local
    }
}

impl ServedSandbox {
    /// A new one.
    pub fn start() -> Self {
        Self::start_with(&credentials(now()))
    }

    /// A new one, for the merchant who has these.
    pub fn start_with(credentials: &Credentials) -> Self {
        Self::of(LocalSandbox::new(credentials, None))
    }

    /// Serves this one.
    pub fn of(local: LocalSandbox) -> Self {
        let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), local.sandbox.clone(), now).unwrap();
        Self { local, server }
    }

    /// A new one, and a driver that knows its public key.
    pub fn start_for<D: Driver>() -> (Self, D) {
        let served = Self::start();
        let driver = D::new(served.client());
        (served, driver)
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The merchant's client, who knows the platform's public key.
    pub fn client(&self) -> Client {
        self.client_with(PROVIDERS[1], self.public_key(PROVIDERS[1]))
    }

    /// The merchant's client, who trusts `keys`.
    pub fn client_with(&self, provider: &CryptoProvider, keys: PlatformKeys) -> Client {
        at(&client(provider, &self.credentials, keys), &self.url())
    }

    /// Creates a stock and activates it.
    pub fn activated(&self, driver: &impl Driver) -> StockId {
        let stock_id = driver.send(&self.stock("n-1")).unwrap().into_value().stock_id;
        driver.send(&StartStock::new(stock_id.clone(), self.mchid())).unwrap();
        stock_id
    }

    /// The same, and lets time pass until it begins.
    pub fn begun(&self, driver: &impl Driver) -> StockId {
        let stock_id = self.activated(driver);
        self.advance(HOUR + 1);
        stock_id
    }

    /// Sends a coupon that is used, and lets time pass until its file is there.
    pub fn used_flow(&self, driver: &impl Driver) -> UseFlow {
        let stock_id = self.begun(driver);
        let coupon_id = driver.send(&self.coupon("o", &stock_id, "c-1")).unwrap().into_value().coupon_id;
        self.control(&format!("coupons/{}/redeem", coupon_id.as_str()), "");
        self.advance(3 * 24 * HOUR);
        UseFlow::new(stock_id)
    }
}
