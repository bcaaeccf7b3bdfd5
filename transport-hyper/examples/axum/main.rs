//! A shop's server on axum that sends coupons and receives callbacks for their redemption.
//!
//! ```text
//! cargo run -p wechatpay-hyper --example axum
//! ```
//!
//! This file is the shop. `user.rs` is its user, and `common` the sandbox in this process that takes the place of WeChat
//! Pay. The example ends when the user is done.

#[path = "../common/mod.rs"]
mod common;
mod user;

use std::collections::HashMap;
use std::error::Error as StdError;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::{post, put};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use wechatpay_hyper::Client;
use wechatpay_hyper::core::cashcoupons::{
    CouponId, CouponUsed, RequiredCouponFields, SendCoupon, SetCallback, StockId,
};
use wechatpay_hyper::core::notification::{Notification, Received, ReplayGuard, accepted, refused};
use wechatpay_hyper::core::types::{Appid, Mchid};
use wechatpay_hyper::core::{Error, Outcome};

/// State that all request handlers of the shop share.
struct Shop {
    client: Client,
    mchid: Mchid,
    appid: Appid,
    stock_id: StockId,
    replays: ReplayGuard,
    /// Replaces a database: one table whose key is the ID of the notification.
    uses: Mutex<HashMap<String, CouponUsed>>,
    /// Notifies the rest of the shop of a redemption.
    news: mpsc::UnboundedSender<CouponId>,
}

fn router(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/coupons/{order}", put(send_coupon))
        .route("/wechatpay/callback", post(callback))
        .with_state(shop)
}

/// `PUT /coupons/{order}`. The user's openid is in the body, where no log shows it.
///
/// The `out_request_no` is derived from the order, so repeated requests for one order send only one coupon. When the
/// caller disconnects, axum drops this future. The caller can then safely repeat the request.
async fn send_coupon(
    State(shop): State<Arc<Shop>>,
    Path(order): Path<String>,
    openid: String,
) -> Result<String, (StatusCode, String)> {
    let number = format!("order-{order}").into();
    let (stock_id, appid, mchid) = (shop.stock_id.clone(), shop.appid.clone(), shop.mchid.clone());
    let coupon = SendCoupon::new(RequiredCouponFields {
        openid: openid.trim().into(),
        appid,
        stock_id,
        stock_creator_mchid: mchid,
        out_request_no: number,
    });
    let error = match shop.client.send(&coupon).await {
        Ok(sent) => return Ok(sent.coupon_id.to_string()),
        Err(error) => error,
    };
    eprintln!("order {order}: {error:#}; outcome: {}", error.outcome());
    // The outcome concerns this call only: an earlier call for the same order may have taken effect.
    let status = match (&error, error.outcome()) {
        // A field is invalid, so the request cannot succeed.
        (Error::Build(_), _) => StatusCode::BAD_REQUEST,
        (_, Outcome::Rejected) => StatusCode::CONFLICT,
        (_, Outcome::NotSent) => StatusCode::SERVICE_UNAVAILABLE,
        // The coupon was sent or may have been sent. Repeating the request finds out and sends no second coupon.
        (_, Outcome::Unknown | Outcome::Done) => StatusCode::GATEWAY_TIMEOUT,
    };
    Err((status, error.outcome().to_string()))
}

/// `POST /wechatpay/callback`. Headers and body must be passed on unchanged, so no JSON extractor is used.
///
/// If the platform has changed its certificate, `receive_from` fetches the new one.
async fn callback(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let reply = match shop.client.receive_from(&headers, &body).await {
        Ok(notification) => shop.take(notification),
        // The request is forged or was encrypted for another key, or certificates could not be fetched. A probe is a
        // deliberately wrong request by which WeChat Pay checks that it is rejected.
        Err(error) => {
            if !error.is_probe() {
                eprintln!("{error:#}");
            }
            error.reply()
        }
    };
    reply.map(Body::from)
}

impl Shop {
    /// Stores a notification. WeChat Pay repeats it until it is accepted, so the same notification may arrive again.
    fn take(&self, notification: Notification<CouponUsed>) -> Response<Bytes> {
        // Each delivery has its own signature. A second identical delivery is therefore a replay by a third party.
        if !self.replays.is_new(&notification) {
            return refused("delivered before");
        }
        if let Received::Known(used) = notification.event {
            let coupon_id = used.coupon_id.clone();
            let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
            if uses.insert(notification.id, used).is_none() {
                // The receiver is gone while the shop shuts down.
                let _ = self.news.send(coupon_id);
            }
        }
        // Accept the notification only after it is stored, because WeChat Pay does not send it again.
        accepted()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    common::ended(run().await)
}

async fn run() -> Result<(), Box<dyn StdError>> {
    let stage = common::Stage::start()?;
    let client = stage.client()?;
    let (mchid, appid): (Mchid, Appid) = (stage.mchid().into(), stage.appid().into());
    let stock_id = stage.stock(&client).await?;

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    client.send(&SetCallback::new(mchid.clone(), format!("{url}/wechatpay/callback"))).await?;

    let (news, redeemed) = mpsc::unbounded_channel();
    let shop = Shop {
        client,
        mchid,
        appid,
        stock_id,
        replays: ReplayGuard::new(10_000),
        uses: Mutex::default(),
        news,
    };
    tokio::select! {
        ended = axum::serve(listener, router(Arc::new(shop))) => Ok(ended?),
        ended = user::play(&stage, &url, redeemed) => ended,
    }
}
