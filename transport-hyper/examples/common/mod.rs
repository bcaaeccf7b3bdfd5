//! The environment of a shop, which the examples of web frameworks share: a sandbox in this process instead of WeChat Pay.
#![allow(dead_code, reason = "each example uses a part of it")]

use std::error::Error;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc::UnboundedReceiver;
use wechatpay_hyper::core::bytes::Bytes;
use wechatpay_hyper::core::cashcoupons::*;
use wechatpay_hyper::core::crypto::ApiV3Key;
use wechatpay_hyper::core::http::{Method, Request, StatusCode};
use wechatpay_hyper::core::types::{Fen, Timestamp};
use wechatpay_hyper::core::{self, BaseUrl, Merchant, PlatformKeys};
use wechatpay_hyper::{Client, PROVIDER};
use wechatpay_sandbox::{Credentials, Sandbox, Server};

const HOUR: u64 = 60 * 60;

pub(crate) struct Stage {
    credentials: Credentials,
    platform: Server,
}

impl Stage {
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let credentials = Credentials::generate(unix_seconds())?;
        let sandbox = Sandbox::new(credentials.clone())?;
        let platform = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox, unix_seconds)?;
        Ok(Self { credentials, platform })
    }

    pub(crate) fn mchid(&self) -> &str {
        self.credentials.mchid()
    }

    pub(crate) fn appid(&self) -> &str {
        self.credentials.appid()
    }

    /// Returns the merchant's client, with an APIv3 key to decrypt callbacks.
    pub(crate) fn client(&self) -> Result<Client, Box<dyn Error>> {
        Ok(Client::from_settings(&self.credentials.settings(&self.platform.url())?)?)
    }

    /// Returns the client of a merchant that uses platform certificates and knows only the present one. It is a core
    /// client, which each thread of a server can build its own client from.
    pub(crate) fn client_with_certificate(&self) -> Result<core::Client, Box<dyn Error>> {
        let Self { credentials, platform } = self;
        let (certificate, key) = (credentials.certificate_pem(), credentials.private_key_pem());
        let merchant = Merchant::from_certificate(&PROVIDER, None, certificate, key)?;
        let keys = PlatformKeys::new();
        keys.add_certificate(&PROVIDER, credentials.platform_certificate_pem())?;
        Ok(core::Client::new(merchant, keys)?
            .with_base_url(BaseUrl::parse(&platform.url())?)
            .with_api_v3_key(&PROVIDER, ApiV3Key::new(credentials.api_v3_key())?))
    }

    /// Creates and activates a stock of ten coupons of 1 yuan for orders of at least 10 yuan, one per user. Advances
    /// the sandbox's clock to the beginning of the stock.
    pub(crate) async fn stock(&self, client: &Client) -> Result<StockId, Box<dyn Error>> {
        // The beginning must not be in the past when the platform receives the request.
        let begin = unix_seconds().saturating_add(HOUR);
        let stock = CreateCouponStock::new(RequiredStockFields {
            out_request_no: "create-1".into(),
            stock_name: "满10减1".to_owned(),
            belong_merchant: self.mchid().into(),
            available_begin_time: Timestamp::from_unix(begin).ok_or("no such time")?,
            available_end_time: Timestamp::from_unix(begin.saturating_add(24 * HOUR))
                .ok_or("no such time")?,
            stock_use_rule: StockRule::new(10, Fen::new(1000), 1),
            coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(1000), [self.mchid().into()]),
            no_cash: true,
        });
        let stock_id = client.send(&stock).await?.into_value().stock_id;
        client.send(&StartStock::new(stock_id.clone(), self.mchid().into())).await?;
        self.control("clock", r#"{"advance_seconds": 3600}"#).await?;
        Ok(stock_id)
    }

    /// Sends a coupon of the stock to a user.
    pub(crate) async fn coupon(
        &self,
        client: &Client,
        stock_id: StockId,
    ) -> Result<CouponId, Box<dyn Error>> {
        let (appid, mchid) = (self.appid().into(), self.mchid().into());
        let coupon = SendCoupon::new(RequiredCouponFields {
            openid: "oSandboxUser1".into(),
            appid,
            stock_id,
            stock_creator_mchid: mchid,
            out_request_no: "coupon-1".into(),
        });
        Ok(client.send(&coupon).await?.into_value().coupon_id)
    }

    /// The platform changes its certificate, and signs callbacks with it from now on.
    pub(crate) async fn change_certificate(&self) -> Result<(), Box<dyn Error>> {
        self.control("notifications", r#"{"signed_by": "certificate"}"#).await?;
        self.control("certificates/rotate", "").await
    }

    /// The user redeems a coupon, so the platform sends a callback.
    pub(crate) async fn redeem(&self, coupon_id: &str) -> Result<(), Box<dyn Error>> {
        self.control(&format!("coupons/{coupon_id}/redeem"), "").await
    }

    async fn control(&self, path: &str, body: &'static str) -> Result<(), Box<dyn Error>> {
        let url = format!("{}/_sandbox/{path}", self.platform.url());
        http(Method::POST, &url, body).await.map(drop)
    }
}

/// Ends an example: prints an error with its causes, in one line, and what a failed call may have done.
pub(crate) fn ended(result: Result<(), Box<dyn Error>>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("error: {error:#}");
    if let Some(error) = error.downcast_ref::<core::Error>() {
        eprintln!("outcome: {}", error.outcome());
    }
    ExitCode::FAILURE
}

/// Waits until the shop has the callback for a coupon.
pub(crate) async fn redeemed(
    coupon_id: &str,
    news: &mut UnboundedReceiver<CouponId>,
) -> Result<(), Box<dyn Error>> {
    let used = tokio::time::timeout(Duration::from_secs(30), news.recv()).await;
    match used.map_err(|_| "no callback came")? {
        Some(used) if used.as_str() == coupon_id => println!("callback: coupon {used} was redeemed"),
        other => return Err(format!("a callback for {coupon_id} was to come, not {other:?}").into()),
    }
    Ok(())
}

/// Sends a request and returns the body of its response if the status is 200.
pub(crate) async fn http(method: Method, url: &str, body: &'static str) -> Result<String, Box<dyn Error>> {
    let request = Request::builder().method(method).uri(url).body(Full::<Bytes>::from(body))?;
    let client = HttpClient::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await?.into_parts();
    let body = String::from_utf8(body.collect().await?.to_bytes().into())?;
    match parts.status {
        StatusCode::OK => Ok(body),
        status => Err(format!("{url}: {status} {body}").into()),
    }
}

#[expect(clippy::disallowed_methods, reason = "the examples' one clock")]
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
