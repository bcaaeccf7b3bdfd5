//! A sandbox behind a socket of this machine.

use std::net::Ipv4Addr;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;
use wechatpay_core::cashcoupons::{
    CouponRule, CreateCouponStock, RequiredStockFields, SendCoupon, StartStock, StockRule, UseFlow,
};
use wechatpay_core::crypto::CryptoProvider;
use wechatpay_core::types::{ApiV3Key, Fen, StockId, Timestamp};
use wechatpay_core::{BaseUrl, Client, Merchant, PlatformKeys};
use wechatpay_sandbox::{Credentials, Sandbox, Server};

use crate::drivers::Driver;
use crate::{credentials, now};

/// A sandbox that serves HTTP, and the merchant that it knows.
pub struct Local {
    /// What the merchant has.
    pub credentials: Credentials,
    sandbox: Sandbox,
    server: Server,
}

impl Local {
    /// How long after its creation a stock begins, in seconds, so that no clock's tick matters; it lasts as long.
    pub const HOUR: u64 = 3600;

    /// A new one.
    pub fn start() -> Self {
        Self::start_with(credentials(now()))
    }

    /// A new one, for the merchant who has these.
    pub fn start_with(credentials: Credentials) -> Self {
        let sandbox = Sandbox::new(credentials.clone()).unwrap();
        let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox.clone(), now).unwrap();
        Self { credentials, sandbox, server }
    }

    /// The merchant's client, who trusts `keys`.
    pub fn client(&self, provider: &CryptoProvider, keys: PlatformKeys) -> Client {
        let credentials = &self.credentials;
        let merchant = Merchant::from_pem(
            provider,
            credentials.mchid().into(),
            credentials.serial_no(),
            credentials.private_key_pem(),
        );
        let key = ApiV3Key::new(credentials.api_v3_key()).unwrap();
        let client = Client::new(merchant.unwrap(), keys).unwrap().with_api_v3_key(provider, key);
        client.with_base_url(self.base_url())
    }

    /// Where it listens.
    pub fn base_url(&self) -> BaseUrl {
        BaseUrl::parse(&self.server.url()).unwrap()
    }

    /// The platform's public key.
    pub fn public_key(&self, provider: &CryptoProvider) -> PlatformKeys {
        let keys = PlatformKeys::new();
        let credentials = &self.credentials;
        keys.add_public_key(provider, credentials.public_key_id(), credentials.public_key_pem()).unwrap();
        keys
    }

    /// The platform's first certificate.
    pub fn certificate(&self, provider: &CryptoProvider) -> PlatformKeys {
        let keys = PlatformKeys::new();
        keys.add_certificate(provider, self.credentials.platform_certificate_pem()).unwrap();
        keys
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
        let response = self.sandbox.handle(request, now());
        assert_eq!(response.status(), 200, "{path}: {response:?}");
        serde_json::from_slice(response.body()).unwrap()
    }

    /// Lets time pass at the platform.
    pub fn advance(&self, seconds: u64) {
        self.control("clock", &format!(r#"{{"advance_seconds":{seconds}}}"#));
    }

    /// A stock of ten coupons of 1 yuan, that begins in an hour and ends in two.
    pub fn stock(&self, number: &str) -> CreateCouponStock {
        let mchid = self.credentials.mchid();
        let time = |seconds| Timestamp::from_unix(now() + seconds).unwrap();
        CreateCouponStock::new(RequiredStockFields {
            out_request_no: number.into(),
            stock_name: "代金券".into(),
            belong_merchant: mchid.into(),
            available_begin_time: time(Self::HOUR),
            available_end_time: time(2 * Self::HOUR),
            stock_use_rule: StockRule::new(10, Fen::new(1000), 5),
            coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(200), [mchid.into()]),
            no_cash: true,
        })
    }

    /// Creates one and activates it.
    pub fn activated(&self, driver: &impl Driver) -> StockId {
        let stock_id = driver.send(&self.stock("n-1")).unwrap().into_value().stock_id;
        let start = StartStock::new(stock_id.clone(), self.credentials.mchid().into());
        driver.send(&start).unwrap();
        stock_id
    }

    /// Sends a coupon that is used, and lets time pass until its file is there.
    pub fn used_flow(&self, driver: &impl Driver) -> UseFlow {
        let stock_id = self.activated(driver);
        self.advance(Self::HOUR + 1);
        let (mchid, appid) = (self.credentials.mchid().into(), self.credentials.appid().into());
        let send = SendCoupon::new("o".into(), stock_id.clone(), "c-1".into(), appid, mchid);
        let coupon_id = driver.send(&send).unwrap().into_value().coupon_id;
        self.control(&format!("coupons/{}/redeem", coupon_id.as_str()), "");
        self.advance(3 * 24 * Self::HOUR);
        UseFlow::new(stock_id)
    }
}
