//! Sends coupons of one stock to several users concurrently, against a sandbox in this process.
//!
//! ```text
//! cargo run -p wechatpay-hyper --example send
//! ```

#[path = "common/mod.rs"]
mod common;

use std::error::Error;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use wechatpay_hyper::Client;
use wechatpay_hyper::core::cashcoupons::*;
use wechatpay_hyper::core::types::{Fen, Mchid, Timestamp};
use wechatpay_sandbox::{Credentials, Sandbox, Server};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    common::ended(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let credentials = Credentials::generate(unix_seconds())?;
    let server =
        Server::start((Ipv4Addr::LOCALHOST, 0).into(), Sandbox::new(credentials.clone())?, unix_seconds)?;

    let client = Client::from_settings(&credentials.settings(&server.url())?)?;
    let mchid: Mchid = credentials.mchid().into();

    // The beginning must not be in the past when the platform receives the request.
    let begin = unix_seconds().saturating_add(2);
    let stock = client.send(&CreateCouponStock::new(RequiredStockFields {
        out_request_no: format!("create-{begin}").into(),
        stock_name: "满10减1".to_owned(),
        belong_merchant: mchid.clone(),
        available_begin_time: Timestamp::from_unix(begin).ok_or("no such time")?,
        available_end_time: Timestamp::from_unix(begin.saturating_add(24 * 60 * 60)).ok_or("no such time")?,
        stock_use_rule: StockRule::new(10, Fen::new(1000), 1),
        coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(1000), [mchid.clone()]),
        no_cash: true,
    }));
    let stock = stock.await?;
    client.send(&StartStock::new(stock.stock_id.clone(), mchid.clone())).await?;
    while unix_seconds() < begin {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    // The futures hold no borrow, so they can be spawned directly.
    let sends = ["oUser1", "oUser2", "oUser3", "oUser1"].into_iter().enumerate().map(|(i, user)| {
        let number = format!("send-{begin}-{i}").into();
        let appid = credentials.appid().into();
        let coupon = SendCoupon::new(RequiredCouponFields {
            openid: user.into(),
            appid,
            stock_id: stock.stock_id.clone(),
            stock_creator_mchid: mchid.clone(),
            out_request_no: number,
        });
        (user, tokio::spawn(client.send(&coupon)))
    });
    // Spawn all requests before waiting for the first one.
    for (user, sent) in sends.collect::<Vec<_>>() {
        match sent.await? {
            Ok(answer) => println!("{user}: coupon {}", answer.coupon_id),
            Err(error) => println!("{user}: {error:#}; outcome: {}", error.outcome()),
        }
    }

    let mut stocks = client.list(ListStocks::new(mchid));
    while let Some(stock) = stocks.next().await {
        let stock = stock?;
        println!("{}: {:?} coupons were sent", stock.stock_name, stock.distributed_coupons);
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the example's one clock")]
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
