//! A client and a platform with fast keys, so that results are real: signed, verified and decoded.

use std::sync::Arc;

use wechatpay_core::crypto::insecure::Checksum;
use wechatpay_core::error::{TransportError, TransportErrorKind};
use wechatpay_core::testing::{Defect, Platform};
use wechatpay_core::types::UnixSeconds;
use wechatpay_core::{Answer, Client, Merchant, Nonce, Operation, PlatformKeys, Stamp};

use super::*;

const SERIAL: &str = "PUB_KEY_ID_1";
pub(crate) const STOCK: &str = "9856888";
pub(crate) const MERCHANT: &str = "1900000001";

pub(crate) struct Rig {
    client: Client,
    platform: Platform,
}

/// How a response is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    Right,
    Not,
    Wrong,
    UnknownKey,
    /// A probe of the platform, which must be rejected.
    Probe,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let merchant = Merchant::with_key(MERCHANT.into(), "0A", Arc::new(Checksum)).unwrap();
        let keys = PlatformKeys::new();
        keys.add_key(SERIAL, Arc::new(Checksum)).unwrap();
        let client = Client::new(merchant, keys).unwrap();
        Self { client, platform: Platform::new(SERIAL, Arc::new(Checksum)) }
    }

    /// A response at this time.
    pub(crate) fn response(
        &self,
        status: u16,
        body: &str,
        signed: Signed,
        at: UnixSeconds,
    ) -> Response<Bytes> {
        let stamp = Stamp { unix_seconds: at, nonce: Nonce::from_entropy([7; 16]) };
        let body = body.to_owned();
        let answer = match signed {
            Signed::Right | Signed::Probe => self.platform.answer(status, body, stamp),
            Signed::Not => self.platform.broken(status, body, stamp, Defect::Unsigned),
            Signed::Wrong => self.platform.broken(status, body, stamp, Defect::ChangedBody(3)),
            Signed::UnknownKey => self.platform.broken(status, body, stamp, Defect::UnknownSerial),
        };
        let mut answer = answer.unwrap();
        if signed == Signed::Probe {
            let probe = "WECHATPAY/SIGNTEST/AAAA".parse().unwrap();
            answer.headers_mut().insert("Wechatpay-Signature", probe);
        }
        answer
    }

    /// What a client makes of a response.
    pub(crate) fn read<O: Operation>(
        &self,
        operation: &O,
        response: &Response<Bytes>,
        at: UnixSeconds,
    ) -> Result<Answer<O::Response>, Error> {
        self.client.response(operation, response, at)
    }

    /// What a client says of a request that cannot be sent.
    pub(crate) fn build_error(&self) -> wechatpay_core::BuildError {
        let stamp = Stamp { unix_seconds: 1_795_840_000, nonce: Nonce::from_entropy([7; 16]) };
        self.client.request(&coupon(1, ""), stamp).unwrap_err()
    }

    /// The target and the body that a client sends.
    pub(crate) fn request(&self, operation: &SendCoupon) -> (String, Bytes) {
        let stamp = Stamp { unix_seconds: 1_795_840_000, nonce: Nonce::from_entropy([7; 16]) };
        let request = self.client.request(operation, stamp).unwrap();
        (request.uri().to_string(), request.body().clone())
    }
}

/// A request to send a coupon to a user. The number follows from the intent.
pub(crate) fn coupon(intent: u64, user: &str) -> SendCoupon {
    SendCoupon::new(RequiredCouponFields {
        openid: user.into(),
        appid: "wx233544546545989".into(),
        stock_id: STOCK.into(),
        stock_creator_mchid: MERCHANT.into(),
        out_request_no: format!("n-{intent}").as_str().into(),
    })
}

/// The body of an error.
pub(crate) fn body(code: &str) -> String {
    format!(r#"{{"code":"{code}","message":"m"}}"#)
}

pub(crate) fn transport(kind: TransportErrorKind) -> Error {
    TransportError::from(kind).into()
}

pub(crate) fn stock(status: &str, sent: u64, all: u64, per_day: Option<u64>) -> String {
    let day = per_day.map(|coupons| format!(r#","max_amount_by_day":{}"#, coupons * 100));
    let day = day.unwrap_or_default();
    format!(
        r#"{{"stock_id":"{STOCK}","stock_creator_mchid":"{MERCHANT}","status":"{status}","distributed_coupons":{sent},
        "stock_use_rule":{{"max_coupons":{all},"fixed_normal_coupon":{{"coupon_amount":100,"transaction_minimum":200}}{day}}}}}"#
    )
}
