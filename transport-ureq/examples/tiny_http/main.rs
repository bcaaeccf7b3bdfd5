//! A blocking server on tiny_http that receives callbacks, for a merchant with platform certificates.
//!
//! ```text
//! cargo run -p wechatpay-ureq --example tiny_http
//! ```
//!
//! `stage.rs` contains the rest: a sandbox in this process that takes the place of WeChat Pay. The platform changes its
//! certificate, and then a coupon is redeemed. The example ends when the callback is stored. `rouille`, which is built on
//! tiny_http, passes the same headers and bytes.

#[path = "../common/mod.rs"]
mod common;
mod stage;

use std::collections::HashMap;
use std::error::Error as StdError;
use std::io::{self, Read as _};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

use tiny_http::{Header, Request, Response, Server};
use wechatpay_ureq::Client;
use wechatpay_ureq::core::bytes::Bytes;
use wechatpay_ureq::core::cashcoupons::{CouponId, CouponUsed};
use wechatpay_ureq::core::http;
use wechatpay_ureq::core::notification::{Notification, Received, accepted, refused};

/// A callback has a few kilobytes.
const MAX_BODY: u64 = 64 * 1024;
/// While one callback waits for certificates, others are answered.
const THREADS: usize = 4;

struct Shop {
    client: Client,
    /// Replaces a database: one table whose key is the ID of the notification.
    uses: Mutex<HashMap<String, CouponUsed>>,
    /// Notifies the rest of the shop of a redemption.
    news: mpsc::Sender<CouponId>,
}

impl Shop {
    /// Answers one request. The signature covers the bytes of the body as they were received.
    fn answer(&self, mut request: Request) -> io::Result<()> {
        let mut body = Vec::new();
        request.as_reader().take(MAX_BODY).read_to_end(&mut body)?;
        let headers = request.headers().iter().map(|header| (header.field.as_str(), &header.value));
        let reply = match self.client.receive_from(headers, &body) {
            Ok(notification) => self.take(notification),
            Err(error) => {
                eprintln!("{error:#}");
                error.reply()
            }
        };
        request.respond(response(&reply))
    }

    /// Stores a notification. The same notification may arrive more than once.
    fn take(&self, notification: Notification<CouponUsed>) -> http::Response<Bytes> {
        let Received::Known(used) = notification.event else { return accepted() };
        let coupon_id = used.coupon_id.clone();
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.insert(notification.id, used).is_none() && self.news.send(coupon_id).is_err() {
            // WeChat Pay sends it again later.
            return refused("the shop is closing");
        }
        // Only after it is stored, because WeChat Pay does not send it again.
        accepted()
    }
}

/// Converts a reply to the types of tiny_http, which have the same parts.
fn response(reply: &http::Response<Bytes>) -> Response<impl io::Read> {
    let response = Response::from_data(reply.body().to_vec()).with_status_code(reply.status().as_u16());
    let headers = reply.headers().iter();
    let headers =
        headers.filter_map(|(name, value)| Header::from_bytes(name.as_str(), value.as_bytes()).ok());
    headers.fold(response, Response::with_header)
}

fn main() -> ExitCode {
    common::ended(run())
}

fn run() -> Result<(), Box<dyn StdError>> {
    let stage = stage::Stage::start()?;
    let server = Server::http((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    let address = server.server_addr().to_ip().ok_or("the server has no address")?;
    let (news, redeemed) = mpsc::channel();
    let shop = Shop { client: stage.client()?, uses: Mutex::default(), news };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for request in server.incoming_requests() {
                    // A request that cannot be read or answered does not affect the others.
                    if let Err(error) = shop.answer(request) {
                        eprintln!("{error}");
                    }
                }
            });
        }
        let ended = stage.play(&shop.client, &format!("http://{address}/callback"), &redeemed);
        (0..THREADS).for_each(|_| server.unblock());
        ended
    })
}
