//! Nothing that can be printed shows a secret or a person.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test"
)]

use std::error::Error as _;
use std::fmt::{Debug, Display};

use wechatpay_conformance::{PROVIDERS, TIMESTAMP, pair, stamp};
use wechatpay_core::cashcoupons::*;
use wechatpay_core::crypto::load_signing_key;
use wechatpay_core::types::ApiV3Key;
use wechatpay_core::{Merchant, Operation, PlatformKeys, Query};
use wechatpay_sandbox::{Credentials, Sandbox};

const OPENID: &str = "oSECRETperson";
const DOWNLOAD_TOKEN: &str = "ja7qSECRETtoken";

struct Shown {
    secrets: Vec<String>,
    count: usize,
}

impl Shown {
    fn debug(&mut self, value: &dyn Debug) {
        self.text(&format!("{value:?} {value:#?}"));
    }

    fn both(&mut self, value: &(impl Debug + Display)) {
        self.debug(value);
        self.text(&value.to_string());
    }

    fn text(&mut self, text: &str) {
        self.count += 1;
        for secret in &self.secrets {
            assert!(!text.contains(secret), "{secret:?} is shown by {text}");
        }
    }

    fn error(&mut self, error: &wechatpay_core::Error) {
        self.both(error);
        let mut cause = error.source();
        while let Some(error) = cause {
            self.text(&format!("{error} {error:?}"));
            cause = error.source();
        }
    }
}

#[test]
fn secrets_and_people_are_never_shown() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let send =
        SendCoupon::new(OPENID.into(), "1".into(), "n".into(), "wx".into(), credentials.mchid().into());
    let request = client.request(&send, stamp()).unwrap();
    let authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
    let (_, signature) = authorization.split_once("signature=\"").unwrap();
    let key_line = credentials.private_key_pem().lines().nth(3).unwrap().to_owned();
    let mut shown = Shown {
        secrets: vec![
            OPENID.to_owned(),
            DOWNLOAD_TOKEN.to_owned(),
            credentials.api_v3_key().to_owned(),
            signature.trim_end_matches('"').to_owned(),
            key_line.clone(),
            key_line[..20].to_owned(),
        ],
        count: 0,
    };
    // The test can fail: these do contain what it looks for.
    assert!(send.openid.as_str().contains(OPENID) && credentials.private_key_pem().contains(&key_line));

    shown.debug(&client);
    shown.debug(&wechatpay_ureq::Client::new(client.clone()));
    shown.debug(client.merchant());
    shown.debug(client.platform());
    shown.debug(&credentials);
    shown.debug(&Sandbox::new(credentials.clone()).unwrap());
    shown.debug(&ApiV3Key::new(credentials.api_v3_key()).unwrap());
    shown.debug(&send);
    shown.debug(&ListCouponsByFilter::by_creator(OPENID.into(), "wx".into(), "1".into()));
    shown.debug(&QueryCoupon::new(OPENID.into(), "1".into(), "wx".into()));
    shown.debug(&client.unsigned(&send, stamp()).unwrap());
    shown.debug(&send.path());
    shown.debug(&send.body().unwrap());
    shown.debug(&request.headers());
    let mut query = Query::default();
    query.push("openid", OPENID);
    shown.debug(&query);
    let mut exchange = client.exchange(&send).unwrap();
    shown.debug(&exchange);
    shown.debug(&exchange.poll(std::time::Duration::ZERO, stamp()));

    // An answer and errors that repeat what was sent.
    let echo = format!(
        r#"{{"code":"PARAM_ERROR","message":"m","detail":{{"field":"openid","value":"{OPENID}","issue":"i"}}}}"#
    );
    let now = TIMESTAMP;
    for (status, body) in [(400, echo.as_str()), (200, echo.as_str()), (500, OPENID), (200, OPENID)] {
        let response = platform.answer(status, body, now);
        shown.error(&client.response::<SendCoupon>(&response, now).unwrap_err());
        shown.error(&client.response::<SendCoupon>(&response, now + 1000).unwrap_err());
    }
    let answer = platform.answer(200, &format!(r#"{{"coupon_id":"1","openid":"{OPENID}"}}"#), now);
    shown.debug(&client.response::<SendCoupon>(&answer, now).unwrap());
    let flow =
        format!(r#"{{"url":"https://x/?token={DOWNLOAD_TOKEN}","hash_value":"8a","hash_type":"SHA1"}}"#);
    let flow = client.response::<UseFlow>(&platform.answer(200, &flow, now), now).unwrap();
    assert!(flow.url.as_str().contains(DOWNLOAD_TOKEN));
    shown.debug(&flow);
    for wrong in ["..".to_owned(), format!("{OPENID}{}", "x".repeat(128)), format!("{OPENID}🎁")] {
        let send = SendCoupon::new(wrong.into(), "1".into(), "n".into(), "wx".into(), "1".into());
        shown.error(&client.request(&send, stamp()).unwrap_err().into());
    }

    // Key files in the wrong place.
    let key = credentials.private_key_pem();
    for provider in PROVIDERS {
        shown.both(&PlatformKeys::new().add_public_key(provider, "PUB_KEY_ID_1", key).unwrap_err());
        shown.both(&PlatformKeys::new().add_certificate(provider, key).unwrap_err());
        let cut = &key[..key.len() / 2];
        shown.both(&load_signing_key(provider, cut).map(drop).unwrap_err());
        shown.both(&Merchant::from_pem(provider, "1\"".into(), "0A", key).unwrap_err());
        let broken = key.replacen('M', "!", 1);
        shown.both(&load_signing_key(provider, broken).map(drop).unwrap_err());
    }
    let short = &credentials.api_v3_key()[..31];
    shown.secrets.push(short.to_owned());
    shown.both(&ApiV3Key::new(short).unwrap_err());
    shown.debug(&Credentials::generate(now).unwrap());
    assert!(shown.count > 50, "{}", shown.count);
}
