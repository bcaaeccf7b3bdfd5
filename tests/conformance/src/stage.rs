//! A sandbox without sockets, a merchant that it knows, and what a network makes of its answers.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Map, Value};
use wechatpay_core::cashcoupons::{
    CouponRule, CreateCouponStock, RequiredStockFields, StartStock, StockRule,
};
use wechatpay_core::error::{TransportError, TransportErrorKind};
use wechatpay_core::types::{ApiV3Key, Fen, StockId, Timestamp, UnixSeconds};
use wechatpay_core::{Client, Merchant, Nonce, Operation, PlatformKeys, Stamp};
use wechatpay_sandbox::{Credentials, Sandbox, Wire};

use crate::PROVIDERS;

/// How long after its creation a stock begins, in seconds.
const HOUR: u64 = 3600;

/// A sandbox, and the time at which it is set up.
pub struct Stage {
    /// The platform.
    pub sandbox: Sandbox,
    /// Then.
    pub now: UnixSeconds,
    merchant: Merchant,
}

impl Stage {
    /// A new sandbox for a merchant who is there already: making keys takes its time.
    pub fn new(credentials: &Credentials, now: UnixSeconds) -> Self {
        let merchant = Merchant::from_pem(
            PROVIDERS[1],
            credentials.mchid().into(),
            credentials.serial_no(),
            credentials.private_key_pem(),
        );
        Self { sandbox: Sandbox::new(credentials.clone()).unwrap(), now, merchant: merchant.unwrap() }
    }

    /// The merchant's client, who trusts `keys`, and has no APIv3 key.
    pub fn client(&self, keys: PlatformKeys) -> Client {
        Client::new(self.merchant.clone(), keys).unwrap()
    }

    /// With the APIv3 key, so that certificates can be fetched.
    pub fn with_api_v3_key(&self, client: Client) -> Client {
        let key = ApiV3Key::new(self.sandbox.credentials().api_v3_key()).unwrap();
        client.with_api_v3_key(PROVIDERS[1], key)
    }

    /// The platform's public key.
    pub fn public_key(&self) -> PlatformKeys {
        let (keys, credentials) = (PlatformKeys::new(), self.sandbox.credentials());
        keys.add_public_key(PROVIDERS[1], credentials.public_key_id(), credentials.public_key_pem()).unwrap();
        keys
    }

    /// The platform's certificate.
    pub fn certificate(&self) -> PlatformKeys {
        certificate(self.sandbox.credentials())
    }

    /// A certificate that the platform had once, and signs with no more.
    pub fn old_certificate(&self) -> PlatformKeys {
        static OLD: OnceLock<Credentials> = OnceLock::new();
        certificate(OLD.get_or_init(|| Credentials::generate(self.now).unwrap()))
    }

    /// A stock of coupons of 1 yuan, one for each user. It has begun, but was not started.
    pub fn stock(&self) -> StockId {
        let mchid = self.sandbox.credentials().mchid();
        let time = |seconds| Timestamp::from_unix(self.now + seconds).unwrap();
        let create = CreateCouponStock::new(RequiredStockFields {
            out_request_no: "stage".into(),
            stock_name: "代金券".into(),
            belong_merchant: mchid.into(),
            available_begin_time: time(HOUR),
            available_end_time: time(48 * HOUR),
            stock_use_rule: StockRule::new(5, Fen::new(500), 1),
            coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(200), [mchid.into()]),
            no_cash: true,
        });
        let stock_id = self.done(&create).stock_id;
        self.control(Method::POST, "clock", &format!(r#"{{"advance_seconds":{}}}"#, HOUR + 1));
        stock_id
    }

    /// The same, and coupons can be sent.
    pub fn running_stock(&self) -> StockId {
        let stock_id = self.stock();
        self.done(&StartStock::new(stock_id.clone(), self.sandbox.credentials().mchid().into()));
        stock_id
    }

    /// What an operation gives that nothing stands in the way of.
    pub fn done<O: Operation>(&self, operation: &O) -> O::Response {
        let client = self.client(self.public_key());
        let stamp = Stamp { unix_seconds: self.now, nonce: Nonce::from_entropy([0; 16]) };
        let response = self.sandbox.handle(client.request(operation, stamp).unwrap(), self.now);
        client.response::<O>(&response, self.now).unwrap().into_value()
    }

    /// Something below `/_sandbox`.
    pub fn control(&self, method: Method, path: &str, body: &str) -> Value {
        let request = Request::builder().method(method).uri(format!("/_sandbox/{path}"));
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let response = self.sandbox.handle(request, self.now);
        assert_eq!(response.status(), 200, "{path}: {response:?}");
        serde_json::from_slice(response.body()).unwrap()
    }

    /// `GET /_sandbox/state`.
    pub fn state(&self) -> Value {
        self.control(Method::GET, "state", "")
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
        self.control(Method::POST, "faults", &Value::Object(body).to_string());
    }
}

fn certificate(credentials: &Credentials) -> PlatformKeys {
    let keys = PlatformKeys::new();
    keys.add_certificate(PROVIDERS[1], credentials.platform_certificate_pem()).unwrap();
    keys
}

/// What a driver says that gives an attempt `timeout` from now and reads at most `cap` bytes, and when.
pub fn heard(wire: Wire, timeout: Duration, cap: u64) -> (Result<Response<Bytes>, TransportError>, Duration) {
    let (result, after) = match wire {
        Wire::Whole { response, delay } => (Ok(response), delay),
        Wire::Dripped { response, pause } => {
            let len = u32::try_from(response.body().len()).unwrap();
            (Ok(response), pause * len)
        }
        Wire::Generated { response, bytes } => {
            // What is beyond the cap is not made.
            let len = usize::try_from(bytes.min(cap + 1)).unwrap();
            (Ok(response.map(|()| vec![b' '; len].into())), Duration::ZERO)
        }
        Wire::Cut { .. } | Wire::Closed => (Err(TransportErrorKind::MaybeSent), Duration::ZERO),
        Wire::Silent => (Err(TransportErrorKind::MaybeSent), timeout),
    };
    if after >= timeout {
        return (Err(TransportErrorKind::MaybeSent.into()), timeout);
    }
    let result = match result {
        Ok(response) if response.body().len() as u64 > cap => {
            Err(TransportErrorKind::ResponseTooLarge { cap })
        }
        result => result,
    };
    (result.map_err(TransportError::from), after)
}
