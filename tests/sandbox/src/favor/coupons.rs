//! Coupons: sending them, and questions about them.

use serde_json::{Value, json};
use wechatpay_core::Operation as _;
use wechatpay_core::cashcoupons::SendCoupon;
use wechatpay_core::types::UnixSeconds;

use crate::context::Context;
use crate::favor::pages::Page;
use crate::protocol::json::{object, text, wrong_field};
use crate::protocol::reply::{Handled, Reply};
use crate::state::coupon::Coupon;
use crate::state::stock::{Status, Stock};

pub(crate) fn send(context: Context<'_>) -> Handled {
    let Context { state, now, .. } = context;
    let openid = context.path.get("openid");
    let body = object(context.body)?;
    let stock_id = text(&body, "stock_id", 20, "批次号必填")?;
    let out_request_no = text(&body, "out_request_no", 128, "商户单据号必填")?;
    let sender = text(&body, "appid", 128, "appid必填")?;
    let creator = text(&body, "stock_creator_mchid", 20, "商户号必填")?;
    let operation =
        SendCoupon::new(openid.into(), stock_id.into(), out_request_no.into(), sender.into(), creator.into());
    operation.validate().map_err(|problem| match (problem.field(), problem.to_string()) {
        // The openid stands in the path, all else in the body.
        (name @ "openid", issue) => Reply::param("url", name, Value::Null, &issue),
        (name, issue) => wrong_field(name, Value::Null, &issue),
    })?;
    for name in ["coupon_value", "coupon_minimum"] {
        // 暂未开放: documented as not open, so a value is refused rather than silently dropped.
        if let Some(value) = body.get(name) {
            return Err(wrong_field(name, value.clone(), "暂未开放"));
        }
    }
    if sender != context.credentials.appid() {
        let refusal = Reply::bad_request("APPID_MCHID_NOT_MATCH", "商户号与AppID不匹配");
        return Err(refusal.internal(270_079_507));
    }
    // Idempotency comes before every limit: a repeat gets its coupon whatever has happened since.
    if let Some(coupon) = state.coupons.by_out_request_no(out_request_no) {
        // The platform documents that a repeat makes no second coupon, not what a changed one gives: inferred.
        if coupon.openid != openid || coupon.stock_id != stock_id {
            return Err(Reply::invalid_request("商户单据号已使用，请求参数与之前不一致"));
        }
        if let Some(stock) = state.stock(stock_id) {
            stock.created_by(creator)?;
        }
        return Ok(Reply::ok(json!({ "coupon_id": coupon.id })));
    }
    let stock = state.stock(stock_id).ok_or_else(|| Reply::not_found("批次不存在").internal(270_079_577))?;
    stock.created_by(creator)?;
    within_limits(stock, openid, now)?;
    let id = state.coupons.next_id();
    let reply = Reply::ok(json!({ "coupon_id": id }));
    state.send(Coupon {
        id,
        openid: openid.to_owned(),
        stock_id: stock_id.to_owned(),
        out_request_no: out_request_no.to_owned(),
        sent: now,
        used: None,
    });
    Ok(reply)
}

fn within_limits(stock: &Stock, openid: &str, now: UnixSeconds) -> Result<(), Reply> {
    if stock.status != Status::Running || !stock.available(now) {
        let message = "活动未开始或已结束";
        return Err(Reply::forbidden("REQUEST_BLOCKED", message).internal(270_079_533));
    }
    if stock.sent.to(openid) >= stock.terms.stock_use_rule.max_coupons_per_user {
        return Err(Reply::forbidden("RULE_LIMIT", "用户已达到活动规则的限制，领取个数已满"));
    }
    let spent = |coupons: i64| coupons.saturating_add(1).saturating_mul(stock.coupon_amount());
    let (sent, today) = (stock.sent.total(), stock.sent.on_day_of(now));
    if spent(sent) > stock.max_amount || spent(today) > stock.max_amount_by_day() {
        return Err(Reply::forbidden("NOT_ENOUGH", "批次预算不足").internal(270_079_534));
    }
    Ok(())
}

pub(crate) fn query(context: Context<'_>) -> Handled {
    context.query.required("appid", "appid必填")?;
    let openid = context.path.get("openid");
    let found = context.state.coupon(context.path.get("coupon_id"));
    let (coupon, stock) =
        found.filter(|(coupon, _)| coupon.openid == openid).ok_or_else(|| Reply::not_found("券不存在"))?;
    Ok(Reply::ok(coupon.json(stock, context.now)))
}

pub(crate) fn list(context: Context<'_>) -> Handled {
    let Context { state, query, now, .. } = context;
    query.required("appid", "appid必填")?;
    let page =
        Page { offset: query.number("offset")?.unwrap_or(0), limit: query.number("limit")?.unwrap_or(20) };
    if page.limit == 0 {
        return Err(Reply::param("query", "limit", 0.into(), "页大小超过阈值"));
    }
    let held = state.coupons.by_openid(context.path.get("openid"));
    let held = held.filter_map(|coupon| state.with_stock(coupon));
    let json = |&(coupon, stock): &(&Coupon, &Stock)| coupon.json(stock, now);
    // When both are given, the creator counts.
    let Some(creator) = query.get("creator_mchid") else {
        let available = query.get("available_mchid");
        let available =
            available.ok_or_else(|| Reply::param("query", "creator_mchid", Value::Null, "商户号必填"))?;
        // Only what can be used there now; stock, state and page are ignored.
        let usable: Vec<_> = held
            .filter(|(coupon, stock)| coupon.status(stock, now) == "SENDED")
            .filter(|(_, stock)| stock.merchants.entries.iter().any(|merchant| merchant == available))
            .collect();
        let whole = Page { offset: 0, limit: usable.len() as u64 };
        return whole.of(&usable, json, || Reply::not_found("")).map(Reply::ok);
    };
    let (stock_id, status) = (query.get("stock_id"), query.get("status"));
    let found: Vec<_> = held
        .filter(|(_, stock)| stock.creator() == creator)
        .filter(|(coupon, _)| stock_id.is_none_or(|id| coupon.stock_id == id))
        .filter(|(coupon, stock)| match (status, coupon.status(stock, now)) {
            (None, _) => true,
            // Documented: USED gives those that can be used as well.
            (Some("USED"), actual) => actual == "USED" || actual == "SENDED",
            (Some(wanted), actual) => wanted == actual,
        })
        .collect();
    page.of(&found, json, || Reply::bad_request("MCH_NOT_EXISTS", "商户号不合法")).map(Reply::ok)
}
