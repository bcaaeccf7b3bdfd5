//! A sandbox and its merchant, called directly or over HTTP.

use std::net::Ipv4Addr;
use std::ops::Deref;
use std::sync::OnceLock;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Map, Value};
use wechatpay_core::cashcoupons::{
    CouponRule, CreateCouponStock, RequiredCouponFields, RequiredStockFields, SendCoupon, StartStock,
    StockId, StockRule, UseFlow,
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

/// A stock begins this many seconds after its creation and is valid for the same time. It is long enough that the
/// seconds that pass during a test do not matter.
pub const HOUR: u64 = 3600;

/// A sandbox without sockets, and its merchant.
pub struct LocalSandbox {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// The credentials of the merchant and the platform.
    pub credentials: Credentials,
    /// The time of requests, or `None` for the system time.
    pub time: Option<UnixSeconds>,
    merchant: Merchant,
}

impl LocalSandbox {
    /// A new sandbox for a merchant with these credentials.
    pub fn new(credentials: &Credentials, time: Option<UnixSeconds>) -> Self {
        let (sandbox, merchant) = (Sandbox::new(credentials.clone()), merchant(PROVIDERS[1], credentials));
        Self { sandbox: sandbox.unwrap(), credentials: credentials.clone(), time, merchant }
    }

    fn now(&self) -> UnixSeconds {
        self.time.unwrap_or_else(now)
    }

    /// The merchant number.
    pub fn mchid(&self) -> Mchid {
        self.credentials.mchid().into()
    }

    /// The merchant's app id.
    pub fn appid(&self) -> Appid {
        self.credentials.appid().into()
    }

    /// The merchant's client without the APIv3 key, trusting `keys`.
    pub fn client_without_api_v3_key(&self, keys: PlatformKeys) -> Client {
        Client::new(self.merchant.clone(), keys).unwrap()
    }

    /// The merchant's client with the APIv3 key, so that it can fetch certificates, trusting `keys`.
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

    /// A certificate with which the platform does not sign any more.
    pub fn old_certificate(&self) -> PlatformKeys {
        static OLD: OnceLock<Credentials> = OnceLock::new();
        let old = OLD.get_or_init(|| Credentials::generate(self.now()).unwrap());
        trusting_certificate(PROVIDERS[1], old.platform_certificate_pem())
    }

    /// A stock of ten coupons of 1 yuan, at most five for each user, that begins in one hour and ends in two.
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

    /// Creates a stock of one coupon for each user. Its time has begun, but it is not started.
    pub fn stock_that_is_not_started(&self) -> StockId {
        let mut create = self.stock("stock");
        create.stock_use_rule = StockRule::new(5, Fen::new(500), 1);
        let stock_id = self.execute(&create).stock_id;
        self.advance(HOUR + 1);
        stock_id
    }

    /// Creates and starts a stock of one coupon for each user. Its coupons can be sent.
    pub fn running_stock(&self) -> StockId {
        let stock_id = self.stock_that_is_not_started();
        self.execute(&StartStock::new(stock_id.clone(), self.mchid()));
        stock_id
    }

    /// A request to send a coupon of a stock to a user. `number` is its `out_request_no`.
    pub fn coupon(&self, user: &str, stock_id: &StockId, number: &str) -> SendCoupon {
        SendCoupon::new(RequiredCouponFields {
            openid: user.into(),
            appid: self.appid(),
            stock_id: stock_id.clone(),
            stock_creator_mchid: self.mchid(),
            out_request_no: number.into(),
        })
    }

    /// Sends an operation that must succeed, and returns its response.
    pub fn execute<O: Operation>(&self, operation: &O) -> O::Response {
        let (client, now) = (self.client_without_api_v3_key(self.public_key(PROVIDERS[1])), self.now());
        let response = self.sandbox.handle(client.request(operation, stamp_at(now)).unwrap(), now);
        client.response(operation, &response, now).unwrap().into_value()
    }

    /// `POST /_sandbox/…`.
    pub fn control(&self, path: &str, body: &str) -> Value {
        self.ask(Method::POST, path, body)
    }

    /// `GET /_sandbox/state`: counts and keys.
    pub fn state(&self) -> Value {
        self.get("state")
    }

    /// `GET /_sandbox/…`.
    pub fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, "")
    }

    /// `GET /_sandbox/state/export`: the counts replaced by the lists.
    pub fn export(&self) -> Value {
        self.get("state/export")
    }

    fn ask(&self, method: Method, path: &str, body: &str) -> Value {
        let request = Request::builder().method(method).uri(format!("/_sandbox/{path}"));
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let response = self.sandbox.handle(request, self.now());
        assert_eq!(response.status(), 200, "{path}: {response:?}");
        serde_json::from_slice(response.body()).unwrap()
    }

    /// Advances the sandbox's clock.
    pub fn advance(&self, seconds: u64) {
        self.control("clock", &format!(r#"{{"advance_seconds":{seconds}}}"#));
    }

    /// Makes the platform sign with a new certificate and withdraw the former ones, and returns its serial number. A
    /// client that names a former one gets the new one's signature all the same.
    pub fn rotate(&self) -> String {
        let rotated = self.control("certificates/rotate", r#"{"withdraw_former":true}"#);
        rotated["serial_no"].as_str().unwrap().to_owned()
    }

    /// Configures a fault, given as its name and parameters: `rate_limited retry_after=7`.
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

/// A sandbox that serves HTTP and uses the system time.
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
    /// Starts a sandbox with shared credentials.
    pub fn start() -> Self {
        Self::start_with(&credentials(now()))
    }

    /// Starts a sandbox with these credentials.
    pub fn start_with(credentials: &Credentials) -> Self {
        Self::of(LocalSandbox::new(credentials, None))
    }

    /// Serves this sandbox over HTTP.
    pub fn of(local: LocalSandbox) -> Self {
        let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), local.sandbox.clone(), now).unwrap();
        Self { local, server }
    }

    /// Starts a sandbox, and creates a driver that trusts its public key.
    pub fn start_for<D: Driver>() -> (Self, D) {
        let served = Self::start();
        let driver = D::new(served.client());
        (served, driver)
    }

    /// The base URL.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The merchant's client, trusting the platform's public key.
    pub fn client(&self) -> Client {
        self.client_with(PROVIDERS[1], self.public_key(PROVIDERS[1]))
    }

    /// The merchant's client, trusting `keys`.
    pub fn client_with(&self, provider: &CryptoProvider, keys: PlatformKeys) -> Client {
        at(&client(provider, &self.credentials, keys), &self.url())
    }

    /// Creates and starts a stock.
    pub fn started_stock(&self, driver: &impl Driver) -> StockId {
        let stock_id = driver.send(&self.stock("n-1")).unwrap().into_value().stock_id;
        driver.send(&StartStock::new(stock_id.clone(), self.mchid())).unwrap();
        stock_id
    }

    /// Creates and starts a stock, and advances the clock until its time has begun.
    pub fn begun_stock(&self, driver: &impl Driver) -> StockId {
        let stock_id = self.started_stock(driver);
        self.advance(HOUR + 1);
        stock_id
    }

    /// Sends and redeems a coupon, and advances the clock until its flow file is available.
    pub fn use_flow_with_one_row(&self, driver: &impl Driver) -> UseFlow {
        let stock_id = self.begun_stock(driver);
        let coupon_id = driver.send(&self.coupon("o", &stock_id, "c-1")).unwrap().into_value().coupon_id;
        self.control(&format!("coupons/{}/redeem", coupon_id.as_str()), "");
        self.advance(3 * 24 * HOUR);
        UseFlow::new(stock_id)
    }
}
