//! Runs a complete coupon campaign with the real client.
//!
//! ```text
//! cargo run --example campaign            # with a sandbox in this process
//! cargo run --example campaign -- --yes   # with WECHATPAY_* set: against that service, without confirmation
//! ```

mod afterwards;
mod callback;
#[path = "../common/mod.rs"]
mod common;
mod report;
mod setup;

use std::error::Error as StdError;
use std::process::ExitCode;

use afterwards::SentCoupons;
use report::Report;
use setup::{DAY, Setup};
use wechatpay_ureq::PROVIDER;
use wechatpay_ureq::core::cashcoupons::{
    CouponRule, CreateCouponStock, ListCouponsByFilter, ListStocks, PatternInfo, PauseStock, QueryCoupon,
    QueryStock, RequiredCouponFields, RequiredStockFields, RestartStock, SendCoupon, StartStock, StockRule,
    UploadMarketingImage, User,
};
use wechatpay_ureq::core::error::ErrorCode;
use wechatpay_ureq::core::types::{Fen, Openid, Timestamp};

/// An image of 120×120 pixels, the size that the platform requires.
const LOGO: &[u8] = include_bytes!("logo.png");

fn main() -> ExitCode {
    common::ended(setup::setup().and_then(|setup| setup.map_or(Ok(()), |setup| campaign(&setup))))
}

fn campaign(setup: &Setup) -> Result<(), Box<dyn StdError>> {
    let Setup { client, mchid, appid, users, run, now, .. } = setup;
    let mut report = Report::new();

    let logo = UploadMarketingImage::new(&PROVIDER, "logo.png", LOGO)?;
    let logo =
        report.step("upload a logo 图片上传", || client.send(&logo), |image| image.media_url.clone())?;

    // Ten coupons of 1 yuan for orders of at least 2 yuan, at most two per user, valid for one week.
    let begin = Timestamp::from_unix(setup.begin).ok_or("no such time")?;
    let end = Timestamp::from_unix(setup.begin.saturating_add(7 * DAY)).ok_or("no such time")?;
    let create = CreateCouponStock::new(RequiredStockFields {
        out_request_no: format!("{mchid}-{run}").into(),
        stock_name: "campaign示例".into(),
        belong_merchant: mchid.clone(),
        available_begin_time: begin,
        available_end_time: end,
        stock_use_rule: StockRule::new(10, Fen::new(1_000), 2),
        coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(200), [mchid.clone()]),
        no_cash: true,
    })
    .pattern_info(PatternInfo::new("示例活动，全场通用").merchant_logo(&logo.media_url));
    let problems = create.check(Some(*now));
    if !problems.is_empty() {
        for problem in &problems {
            eprintln!("the stock breaks a rule: {problem}");
        }
        return Err("the stock breaks documented rules; nothing was sent".into());
    }

    let created = report.step(
        "create a stock 创建代金券批次",
        || client.send(&create),
        |stock| format!("stock {}", stock.stock_id),
    )?;
    let stock_id = created.stock_id.clone();
    setup.wait_until_it_begins()?;
    let start = StartStock::new(stock_id.clone(), mchid.clone());
    report.step(
        "start the stock 激活开启批次",
        || client.send(&start),
        |stock| since(stock.start_time.as_ref()),
    )?;

    let send = |openid: &Openid, number: &str| {
        let number = format!("{mchid}-{run}-{number}");
        SendCoupon::new(RequiredCouponFields {
            openid: openid.clone(),
            appid: appid.clone(),
            stock_id: stock_id.clone(),
            stock_creator_mchid: mchid.clone(),
            out_request_no: number.into(),
        })
    };
    let [first, ..] = users.as_slice() else { return Err("there is no user to send to".into()) };
    let mut coupons = Vec::new();
    for (i, user) in (1..).zip(users) {
        let coupon = send(user, &i.to_string());
        let name = format!("send to user {i} 发放代金券");
        let sent =
            report.step(&name, || client.send(&coupon), |sent| format!("coupon {}", sent.coupon_id))?;
        coupons.push(sent.into_value().coupon_id);
    }
    let coupon_id = coupons.first().ok_or("no coupon was sent")?.clone();

    // Repeating the request number returns the same coupon instead of sending a second one.
    let again = send(first, "1");
    let again = report.step(
        "send the first request again",
        || client.send(&again),
        |sent| format!("coupon {} again", sent.coupon_id),
    )?;
    if again.coupon_id != coupon_id {
        return Err(format!("a second coupon was sent: {coupon_id} and {}", again.coupon_id).into());
    }
    let held =
        ListCouponsByFilter::by_creator(User { openid: first.clone(), appid: appid.clone() }, mchid.clone())
            .stock_id(stock_id.clone());
    let list = report.step(
        "list user 1's coupons 查询用户的券",
        || client.send(&held),
        |page| format!("{} coupon", page.data.len()),
    )?;
    if list.data.len() != 1 {
        return Err(format!("user 1 should hold 1 coupon, not {}", list.data.len()).into());
    }

    let second = send(first, "second");
    report.step(
        "send user 1 a second coupon",
        || client.send(&second),
        |sent| format!("coupon {}", sent.coupon_id),
    )?;
    let third = send(first, "third");
    report.refusal("send user 1 a third coupon", || client.send(&third), &ErrorCode::RuleLimit)?;

    let query = QueryCoupon::new(User { openid: first.clone(), appid: appid.clone() }, coupon_id);
    report.step(
        "query a coupon 查询代金券详情",
        || client.send(&query),
        |coupon| format!("{} {}", coupon.coupon_id, coupon.status),
    )?;
    report.other(
        "list stocks 条件查询批次列表",
        || client.list(ListStocks::new(mchid.clone())).collect::<Result<Vec<_>, _>>(),
        |stocks| format!("{} in all", stocks.len()),
    )?;

    let pause = PauseStock::new(stock_id.clone(), mchid.clone());
    report.step(
        "pause the stock 暂停批次",
        || client.send(&pause),
        |stock| since(stock.pause_time.as_ref()),
    )?;
    let while_paused = users.get(1).unwrap_or(first);
    let refused = send(while_paused, "paused");
    report.refusal("send while the stock is paused", || client.send(&refused), &ErrorCode::RequestBlocked)?;
    let restart = RestartStock::new(stock_id.clone(), mchid.clone());
    report.step(
        "restart the stock 重启批次",
        || client.send(&restart),
        |stock| since(stock.restart_time.as_ref()),
    )?;
    let query = QueryStock::new(stock_id.clone(), mchid.clone());
    report.step(
        "query the stock 查询批次详情",
        || client.send(&query),
        |stock| format!("{}, {} coupons sent", stock.status, stock.distributed_coupons.unwrap_or_default()),
    )?;
    if setup.is_sandbox() {
        let sent = SentCoupons { stock_id, coupon_amount: Fen::new(100), coupons };
        afterwards::afterwards(&mut report, setup, &sent)?;
    }
    report.end();
    Ok(())
}

fn since(time: Option<&Timestamp>) -> String {
    format!("since {}", time.map_or("now", Timestamp::as_str))
}
