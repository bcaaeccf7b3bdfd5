//! Coupons: sending, querying and listing.

use std::sync::Arc;

use serde_json::{Value, json};
use wechatpay_core::Operation as _;
use wechatpay_core::cashcoupons::{RequiredCouponFields, SendCoupon};
use wechatpay_core::types::UnixSeconds;

use crate::calendar::same_beijing_month;
use crate::context::Context;
use crate::favor::pages::Page;
use crate::favor::rules::in_chinese;
use crate::limits::Sending;
use crate::protocol::json::{invalid_field, object, text};
use crate::protocol::reply::{Handled, Reply};
use crate::state::State;
use crate::state::change::Change;
use crate::state::coupon::Coupon;
use crate::state::stock::{Status, Stock, StockId};

pub(crate) fn send(context: Context<'_>) -> Handled {
    let Context { state, now, .. } = context;
    let openid = context.path.get("openid");
    let body = object(context.body)?;
    let stock_id = text(&body, "stock_id", 20, "批次号必填")?;
    let out_request_no = text(&body, "out_request_no", 128, "商户单据号必填")?;
    let sender = text(&body, "appid", 128, "appid必填")?;
    let creator = text(&body, "stock_creator_mchid", 20, "商户号必填")?;
    let operation = SendCoupon::new(RequiredCouponFields {
        openid: openid.into(),
        appid: sender.into(),
        stock_id: stock_id.into(),
        stock_creator_mchid: creator.into(),
        out_request_no: out_request_no.into(),
    });
    operation.validate().map_err(|problem| match (problem.field(), in_chinese(problem.problem())) {
        // The openid is in the path, the other fields are in the body.
        (name @ "openid", issue) => Reply::param("url", name, openid.into(), &issue),
        (name, issue) => invalid_field(name, body.get(name).cloned().unwrap_or_default(), &issue),
    })?;
    for name in ["coupon_value", "coupon_minimum"] {
        // 暂未开放: documented as not available, so a value is rejected instead of ignored.
        if let Some(value) = body.get(name) {
            return Err(invalid_field(name, value.clone(), "暂未开放"));
        }
    }
    if sender != context.credentials.appid() {
        let error = Reply::bad_request("APPID_MCHID_NOT_MATCH", "商户号与AppID不匹配");
        return Err(error.internal_code(270_079_507));
    }
    // Idempotency is checked before the limits: a retry gets its coupon even if the limits are exhausted now.
    let sent = state.coupons.by_out_request_no(out_request_no);
    let recognized = sent.map_or(Ok(true), |coupon| state.limits.recognizes(coupon.sent, now))?;
    if let Some(coupon) = sent.filter(|_| recognized) {
        // Documented: a retry sends no second coupon. Inferred: the error for a retry with other parameters.
        if *coupon.openid != *openid || coupon.stock_id.to_string() != stock_id {
            return Err(Reply::invalid_request("商户单据号已使用，请求参数与之前不一致"));
        }
        if let Some(stock) = state.stock(stock_id) {
            stock.require_creator(creator)?;
        }
        return Ok(Reply::ok(json!({ "coupon_id": coupon.id })));
    }
    let stock =
        state.stock(stock_id).ok_or_else(|| Reply::not_found("批次不存在").internal_code(270_079_577))?;
    stock.require_creator(creator)?;
    check_limits(stock, state.coupons.sent_to(openid, stock.id), now)?;
    let (stock, amount) = (stock.id, stock.coupon_amount());
    // After idempotency and the rules of the stock: a retry gets its coupon in any mood.
    let mut under_way = None;
    if state.limits.has_moods() {
        let this_month = got_this_month(state, creator, openid, now);
        under_way = state.limits.check(&Sending { openid, stock_id, amount, this_month })?;
    }
    let id = state.coupons.next_id();
    let reply = Reply::ok(json!({ "coupon_id": id })).under_way(under_way.map(Arc::new));
    state.change(Change::Coupon(Coupon {
        id,
        openid: openid.into(),
        stock_id: stock,
        out_request_no: out_request_no.into(),
        sent: now,
        used: None,
    }))?;
    Ok(reply)
}

/// `sent_to_user` is the number of coupons that the user got from the stock.
fn check_limits(stock: &Stock, sent_to_user: usize, now: UnixSeconds) -> Result<(), Reply> {
    if stock.status != Status::Running || !stock.available(now) {
        let message = "活动未开始或已结束";
        return Err(Reply::forbidden("REQUEST_BLOCKED", message).internal_code(270_079_533));
    }
    let sent_to_user = i64::try_from(sent_to_user).unwrap_or(i64::MAX);
    if sent_to_user >= stock.terms.stock_use_rule.max_coupons_per_user {
        return Err(Reply::forbidden("RULE_LIMIT", "用户已达到活动规则的限制，领取个数已满"));
    }
    let spent_after = |coupons: i64| coupons.saturating_add(1).saturating_mul(stock.coupon_amount());
    let (sent, today) = (stock.sent.total(), stock.sent.on_day_of(now));
    if spent_after(sent) > stock.max_amount || spent_after(today) > stock.max_amount_by_day() {
        return Err(Reply::forbidden("NOT_ENOUGH", "批次预算不足").internal_code(270_079_534));
    }
    Ok(())
}

/// Returns the value of the coupons of a creator that a user has got in this month in Beijing, in fen.
fn got_this_month(state: &State, creator: &str, openid: &str, now: UnixSeconds) -> i64 {
    let held = state.coupons.by_openid(openid).filter(|coupon| same_beijing_month(coupon.sent, now));
    let stocks = held.filter_map(|coupon| state.with_stock(coupon)).map(|(_, stock)| stock);
    let amounts = stocks.filter(|stock| stock.creator() == creator).map(Stock::coupon_amount);
    amounts.fold(0, i64::saturating_add)
}

pub(crate) fn query(context: Context<'_>) -> Handled {
    context.query.required("appid", "appid必填")?;
    let openid = context.path.get("openid");
    let found = context.state.coupon(context.path.get("coupon_id"));
    let (coupon, stock) =
        found.filter(|(coupon, _)| *coupon.openid == *openid).ok_or_else(|| Reply::not_found("券不存在"))?;
    Ok(Reply::ok(coupon.json(stock, context.now)))
}

pub(crate) fn list(context: Context<'_>) -> Handled {
    let Context { state, query, now, .. } = context;
    query.required("appid", "appid必填")?;
    let held = state.coupons.by_openid(context.path.get("openid"));
    let held = held.filter_map(|coupon| state.with_stock(coupon));
    let json = |&(coupon, stock): &(&Coupon, &Stock)| coupon.json(stock, now);
    // If both are given, the creator takes precedence.
    let Some(creator) = query.get("creator_mchid") else {
        let available = query.get("available_mchid");
        let available =
            available.ok_or_else(|| Reply::param("query", "creator_mchid", Value::Null, "商户号必填"))?;
        // Only coupons that can be used there now. The stock, status and page parameters are ignored.
        let usable: Vec<_> = held
            .filter(|(coupon, stock)| coupon.status(stock, now) == "SENDED")
            .filter(|(_, stock)| stock.merchants.entries.iter().any(|merchant| merchant == available))
            .collect();
        let full_page = Page { offset: 0, limit: usable.len() as u64 };
        return full_page.of(&usable, json, || Reply::not_found("")).map(Reply::ok);
    };
    let page =
        Page { offset: query.number("offset")?.unwrap_or(0), limit: query.number("limit")?.unwrap_or(20) };
    if page.limit == 0 {
        return Err(Reply::param("query", "limit", 0.into(), "页大小超过阈值"));
    }
    let (stock_id, status) = (query.get("stock_id"), query.get("status"));
    let found: Vec<_> = held
        .filter(|(_, stock)| stock.creator() == creator)
        .filter(|(coupon, _)| stock_id.is_none_or(|id| StockId::parse(id) == Some(coupon.stock_id)))
        .filter(|(coupon, stock)| match (status, coupon.status(stock, now)) {
            (None, _) => true,
            // Documented: USED also returns coupons that can still be used.
            (Some("USED"), actual) => actual == "USED" || actual == "SENDED",
            (Some(expected), actual) => expected == actual,
        })
        .collect();
    page.of(&found, json, || Reply::bad_request("MCH_NOT_EXISTS", "商户号不合法")).map(Reply::ok)
}
