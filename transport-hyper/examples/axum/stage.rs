//! The shop's environment: a platform, and a user who receives a coupon and redeems it.

use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc::UnboundedReceiver;
use wechatpay_hyper::Client;
use wechatpay_hyper::core::cashcoupons::*;
use wechatpay_hyper::core::types::{Fen, Timestamp};
use wechatpay_sandbox::{Credentials, Sandbox, Server};

use crate::unix_seconds;

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
        let clock = format!("{}/_sandbox/clock", self.platform.url());
        http(Method::POST, &clock, r#"{"advance_seconds": 3600}"#).await?;
        Ok(stock_id)
    }

    /// The user receives a coupon for an order and redeems it; the shop receives the callback.
    pub(crate) async fn play(
        &self,
        shop: &str,
        mut redeemed: UnboundedReceiver<CouponId>,
    ) -> Result<(), Box<dyn Error>> {
        let order = format!("{shop}/coupons/1");
        let coupon_id = http(Method::PUT, &order, "oSandboxUser1").await?;
        println!("order 1: coupon {coupon_id} was sent");
        if http(Method::PUT, &order, "oSandboxUser1").await? != coupon_id {
            return Err("a second coupon went out for the same order".into());
        }
        println!("order 1 sent again: coupon {coupon_id} again");

        let redeem = format!("{}/_sandbox/coupons/{coupon_id}/redeem", self.platform.url());
        http(Method::POST, &redeem, "").await?;
        let used = tokio::time::timeout(Duration::from_secs(30), redeemed.recv()).await;
        match used.map_err(|_| "no callback came")? {
            Some(used) if used.as_str() == coupon_id => println!("callback: coupon {used} was redeemed"),
            other => return Err(format!("a callback for {coupon_id} was to come, not {other:?}").into()),
        }
        Ok(())
    }
}

/// Sends a request and returns the body of its response if the status is 200.
async fn http(method: Method, url: &str, body: &'static str) -> Result<String, Box<dyn Error>> {
    let request = Request::builder().method(method).uri(url).body(Full::<Bytes>::from(body))?;
    let client = HttpClient::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await?.into_parts();
    let body = String::from_utf8(body.collect().await?.to_bytes().into())?;
    match parts.status {
        StatusCode::OK => Ok(body),
        status => Err(format!("{url}: {status} {body}").into()),
    }
}
