//! The environment of the server: a platform that changes its certificate, and a user who redeems a coupon.

use std::error::Error;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use wechatpay_sandbox::{Credentials, Server};
use wechatpay_ureq::core::cashcoupons::*;
use wechatpay_ureq::core::crypto::ApiV3Key;
use wechatpay_ureq::core::types::{Fen, Mchid, Timestamp};
use wechatpay_ureq::core::{self, BaseUrl, Merchant, PlatformKeys};
use wechatpay_ureq::{Client, PROVIDER};

use crate::common;

const HOUR: u64 = 60 * 60;

pub(crate) struct Stage {
    platform: Server,
    credentials: Credentials,
}

impl Stage {
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let (platform, _, credentials) = common::sandbox()?;
        Ok(Self { platform, credentials })
    }

    /// Returns the client of a merchant that uses platform certificates and knows only the present one.
    pub(crate) fn client(&self) -> Result<Client, Box<dyn Error>> {
        let Self { platform, credentials } = self;
        let (certificate, key) = (credentials.certificate_pem(), credentials.private_key_pem());
        let merchant = Merchant::from_certificate(&PROVIDER, None, certificate, key)?;
        let keys = PlatformKeys::new();
        keys.add_certificate(&PROVIDER, credentials.platform_certificate_pem())?;
        let core = core::Client::new(merchant, keys)?
            .with_base_url(BaseUrl::parse(&platform.url())?)
            .with_api_v3_key(&PROVIDER, ApiV3Key::new(credentials.api_v3_key())?);
        Ok(Client::new(core))
    }

    /// A user receives a coupon. The platform changes its certificate. The user redeems the coupon, and the server
    /// receives the callback.
    pub(crate) fn play(
        &self,
        client: &Client,
        callback: &str,
        redeemed: &Receiver<CouponId>,
    ) -> Result<(), Box<dyn Error>> {
        let mchid: Mchid = self.credentials.mchid().into();
        client.send(&SetCallback::new(mchid.clone(), callback.to_owned()))?;
        // The beginning must not be in the past when the platform receives the request.
        let begin = common::unix_seconds().saturating_add(HOUR);
        let time = |unix| Timestamp::from_unix(unix).ok_or("no such time");
        let stock = CreateCouponStock::new(RequiredStockFields {
            out_request_no: "create-1".into(),
            stock_name: "满10减1".to_owned(),
            belong_merchant: mchid.clone(),
            available_begin_time: time(begin)?,
            available_end_time: time(begin.saturating_add(HOUR))?,
            stock_use_rule: StockRule::new(10, Fen::new(1000), 1),
            coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(1000), [mchid.clone()]),
            no_cash: true,
        });
        let stock_id = client.send(&stock)?.into_value().stock_id;
        client.send(&StartStock::new(stock_id.clone(), mchid.clone()))?;
        self.control("clock", r#"{"advance_seconds": 3600}"#)?;
        let appid = self.credentials.appid().into();
        let coupon = SendCoupon::new(RequiredCouponFields {
            openid: "oSandboxUser1".into(),
            appid,
            stock_id,
            stock_creator_mchid: mchid,
            out_request_no: "coupon-1".into(),
        });
        let coupon_id = client.send(&coupon)?.into_value().coupon_id;

        self.control("notifications", r#"{"signed_by": "certificate"}"#)?;
        self.control("certificates/rotate", "")?;
        self.control(&format!("coupons/{coupon_id}/redeem"), "")?;
        let used = redeemed.recv_timeout(Duration::from_secs(30)).map_err(|_| "no callback came")?;
        if used != coupon_id {
            return Err(format!("a callback for {coupon_id} was to come, not for {used}").into());
        }
        println!("callback: coupon {used} was redeemed");
        println!("keys: {}", client.core().platform().serials().join(", "));
        Ok(())
    }

    fn control(&self, path: &str, body: &str) -> Result<(), Box<dyn Error>> {
        ureq::post(&format!("{}/_sandbox/{path}", self.platform.url())).send(body)?;
        Ok(())
    }
}
