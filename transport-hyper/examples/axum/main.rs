//! A shop's server on axum: sends coupons, and hears of their use.
//!
//! ```text
//! cargo run -p wechatpay-hyper --example axum
//! ```
//!
//! This file is the shop. `stage.rs` is the rest of the world: a sandbox in this process instead of WeChat Pay, and
//! one user, with whom the example ends.

mod stage;

use std::collections::HashMap;
use std::error::Error as StdError;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::{post, put};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use wechatpay_core::cashcoupons::{CouponId, CouponUsed, SendCoupon, SetCallback, StockId};
use wechatpay_core::notification::{Notification, Received, ReplayGuard, accepted, refused};
use wechatpay_core::types::{Appid, Mchid};
use wechatpay_core::{Error, Outcome};
use wechatpay_hyper::Client;

/// What every request to the shop shares.
struct Shop {
    client: Client,
    mchid: Mchid,
    appid: Appid,
    stock_id: StockId,
    replays: ReplayGuard,
    /// Instead of a database: one table, whose key is the id of the notification.
    uses: Mutex<HashMap<String, CouponUsed>>,
    /// Tells the rest of the shop of a use.
    news: mpsc::UnboundedSender<CouponId>,
}

fn router(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/coupons/{order}", put(send_coupon))
        .route("/wechatpay/callback", post(callback))
        .with_state(shop)
}

/// `PUT /coupons/{order}`, with the user's openid as its body, where no log shows it.
///
/// The order makes the `out_request_no`, so that one order sends one coupon, however often it is put. When the caller
/// hangs up, axum drops this future, which harms nothing: put it again.
async fn send_coupon(
    State(shop): State<Arc<Shop>>,
    Path(order): Path<String>,
    openid: String,
) -> Result<String, (StatusCode, String)> {
    let number = format!("order-{order}").into();
    let (stock_id, appid, mchid) = (shop.stock_id.clone(), shop.appid.clone(), shop.mchid.clone());
    let coupon = SendCoupon::new(openid.trim().into(), stock_id, number, appid, mchid);
    let error = match shop.client.send(&coupon).await {
        Ok(sent) => return Ok(sent.coupon_id.to_string()),
        Err(error) => error,
    };
    // The platform's own words, where there are any.
    let reason = error.api().map_or_else(|| error.to_string(), ToString::to_string);
    eprintln!("order {order}: {reason}; {}", error.outcome());
    // What an outcome says, it says of this call: an earlier one for the same order may have had its effect.
    let status = match (&error, error.outcome()) {
        // A field that can never be right.
        (Error::Build(_), _) => StatusCode::BAD_REQUEST,
        (_, Outcome::Rejected) => StatusCode::CONFLICT,
        (_, Outcome::NotSent) => StatusCode::SERVICE_UNAVAILABLE,
        // It may have gone out, or has: putting it again tells, and sends no second one.
        (_, Outcome::Unknown | Outcome::Done) => StatusCode::GATEWAY_TIMEOUT,
    };
    Err((status, error.outcome().to_string()))
}

/// `POST /wechatpay/callback`. Headers and body must come as they were sent: no JSON extractor here.
async fn callback(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let reply = match shop.client.notification_from(&headers, &body) {
        Ok(notification) => shop.take(notification),
        // Forged, or meant for another key. A probe is WeChat Pay's own forgery, to see that it is refused.
        Err(error) => {
            if !error.is_probe() {
                eprintln!("{error}");
            }
            error.reply()
        }
    };
    reply.map(Body::from)
}

impl Shop {
    /// WeChat Pay tells of the same use until it is answered, so the same notification may come again.
    fn take(&self, notification: Notification<CouponUsed>) -> Response<Bytes> {
        // The very same delivery, though, is somebody else's recording.
        if !self.replays.is_new(&notification) {
            return refused("delivered before");
        }
        if let Received::Known(used) = notification.event {
            let coupon_id = used.coupon_id.clone();
            let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
            if uses.insert(notification.id, used).is_none() {
                // Nobody listens when the shop closes.
                let _ = self.news.send(coupon_id);
            }
        }
        // Only when it is stored: after this it does not come again.
        accepted()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn StdError>> {
    let stage = stage::Stage::start()?;
    let client = stage.client()?;
    let (mchid, appid): (Mchid, Appid) = (stage.mchid().into(), stage.appid().into());
    let stock_id = stage.stock(&client).await?;

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    client.send(&SetCallback::new(mchid.clone(), format!("{url}/wechatpay/callback"))).await?;

    let (news, told) = mpsc::unbounded_channel();
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
        ended = stage.play(&url, told) => ended,
    }
}

#[expect(clippy::disallowed_methods, reason = "the example's one clock")]
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
