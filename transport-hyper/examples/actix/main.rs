//! A server on actix-web that receives callbacks, for a merchant with platform certificates.
//!
//! ```text
//! cargo run -p wechatpay-hyper --example actix
//! ```
//!
//! `common` is the sandbox in this process that takes the place of WeChat Pay. The platform changes its certificate, and
//! then a coupon is redeemed. The example ends when the callback is stored.

#[path = "../common/mod.rs"]
mod common;

use std::collections::HashMap;
use std::error::Error as StdError;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};
use tokio::sync::mpsc;
use wechatpay_hyper::Client;
use wechatpay_hyper::core::cashcoupons::{CouponId, CouponUsed, SetCallback};
use wechatpay_hyper::core::http::Response;
use wechatpay_hyper::core::notification::{Notification, Received, accepted};

/// State that all threads share.
struct Shop {
    /// Replaces a database: one table whose key is the ID of the notification.
    uses: Mutex<HashMap<String, CouponUsed>>,
    /// Notifies the rest of the shop of a redemption.
    news: mpsc::UnboundedSender<CouponId>,
}

/// `POST /wechatpay/callback`. Takes the body as bytes and not as JSON, because the signature covers the bytes as they
/// were received.
async fn callback(client: Data<Client>, shop: Data<Shop>, request: HttpRequest, body: Bytes) -> HttpResponse {
    response(match client.receive_from(request.headers(), &body).await {
        Ok(notification) => {
            shop.store(notification);
            // Only after it is stored, because WeChat Pay does not send it again.
            accepted()
        }
        Err(error) => {
            eprintln!("{error:#}");
            error.reply()
        }
    })
}

impl Shop {
    /// Stores a notification. The same notification may arrive more than once.
    fn store(&self, notification: Notification<CouponUsed>) {
        let Received::Known(used) = notification.event else { return };
        let coupon_id = used.coupon_id.clone();
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.insert(notification.id, used).is_none() {
            // The receiver is gone while the shop shuts down.
            let _ = self.news.send(coupon_id);
        }
    }
}

/// Converts a reply to the types of actix-web, which have the same parts.
fn response(reply: Response<Bytes>) -> HttpResponse {
    let (parts, body) = reply.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in &parts.headers {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    response.body(body)
}

fn main() -> ExitCode {
    common::ended(rt::System::new().block_on(run()))
}

async fn run() -> Result<(), Box<dyn StdError>> {
    let stage = common::Stage::start()?;
    let core = stage.client_with_certificate()?;
    let (news, mut redeemed) = mpsc::unbounded_channel();
    let shop = Data::new(Shop { uses: Mutex::default(), news });

    // Each thread of actix-web has a runtime of its own. One client serves all of them: it uses connections only in the
    // runtime in which they were made.
    let client = Data::new(Client::new(core));
    let shared = client.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(shop.clone())
            .route("/wechatpay/callback", web::post().to(callback))
    });
    let server = server.workers(2).disable_signals().bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = *server.addrs().first().ok_or("the server has no address")?;
    let server = server.run();
    let handle = server.handle();
    rt::spawn(server);

    let url = format!("http://{address}/wechatpay/callback");
    client.send(&SetCallback::new(stage.mchid().into(), url)).await?;
    let stock_id = stage.stock(&client).await?;
    let coupon_id = stage.coupon(&client, stock_id).await?;
    stage.change_certificate().await?;
    stage.redeem(coupon_id.as_str()).await?;
    common::redeemed(coupon_id.as_str(), &mut redeemed).await?;
    println!("keys: {}", client.core().platform().serials().join(", "));
    handle.stop(true).await;
    Ok(())
}
