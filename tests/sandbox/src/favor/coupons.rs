//! Coupons: sending them, and questions about them.

use http::StatusCode;
use serde_json::{Value, json};
use wechatpay_core::Operation as _;
use wechatpay_core::cashcoupons::SendCoupon;
use wechatpay_core::error::InvalidField;
use wechatpay_core::types::UnixSeconds;

use crate::favor::stocks::{collection, page, same_creator};
use crate::protocol::answer::{Answer, Outcome};
use crate::protocol::input::{self, Query};
use crate::state::{Coupon, State, Status, Stock};

pub(crate) fn send(state: &mut State, openid: &str, body: &[u8], appid: &str, now: UnixSeconds) -> Outcome {
    let body = input::object(body)?;
    let stock_id = input::text(&body, "stock_id", 20, "批次号必填")?;
    let out_request_no = input::text(&body, "out_request_no", 128, "商户单据号必填")?;
    let sender = input::text(&body, "appid", 128, "appid必填")?;
    let creator = input::text(&body, "stock_creator_mchid", 20, "商户号必填")?;
    let operation =
        SendCoupon::new(openid.into(), stock_id.into(), out_request_no.into(), sender.into(), creator.into());
    operation.validate().map_err(|problem| invalid(&problem))?;
    for name in ["coupon_value", "coupon_minimum"] {
        // 暂未开放: documented as not open, so a value is refused rather than silently dropped.
        if let Some(value) = body.get(name) {
            return Err(Answer::param("body", &format!("/{name}"), value.clone(), "暂未开放"));
        }
    }
    if sender != appid {
        let message = "商户号与AppID不匹配";
        return Err(
            Answer::error(StatusCode::BAD_REQUEST, "APPID_MCHID_NOT_MATCH", message).internal(270_079_507)
        );
    }
    // Idempotency comes before every limit: a repeat gets its coupon whatever has happened since.
    if let Some(coupon) = state.coupons.by_out_request_no(out_request_no) {
        // The platform documents that a repeat makes no second coupon, not what a changed one gives: inferred.
        if coupon.openid != openid || coupon.stock_id != stock_id {
            return Err(Answer::invalid_request("商户单据号已使用，请求参数与之前不一致"));
        }
        if let Some(stock) = state.stock(stock_id) {
            same_creator(stock, creator)?;
        }
        return Ok(Answer::ok(json!({ "coupon_id": coupon.id })));
    }
    let stock = state.stock(stock_id).ok_or_else(|| Answer::not_found("批次不存在").internal(270_079_577))?;
    same_creator(stock, creator)?;
    within_limits(stock, openid, now)?;
    let coupon = Coupon {
        id: state.coupons.next_id(),
        openid: openid.to_owned(),
        stock_id: stock_id.to_owned(),
        out_request_no: out_request_no.to_owned(),
        sent: now,
        used: None,
    };
    let answer = Answer::ok(json!({ "coupon_id": coupon.id }));
    state.send(coupon);
    Ok(answer)
}

fn within_limits(stock: &Stock, openid: &str, now: UnixSeconds) -> Result<(), Answer> {
    if stock.status != Status::Running || !stock.available(now) {
        let message = "活动未开始或已结束";
        return Err(Answer::forbidden("REQUEST_BLOCKED", message).internal(270_079_533));
    }
    if stock.sent.to(openid) >= stock.terms.stock_use_rule.max_coupons_per_user {
        return Err(Answer::forbidden("RULE_LIMIT", "用户已达到活动规则的限制，领取个数已满"));
    }
    let spent = |coupons: i64| coupons.saturating_add(1).saturating_mul(stock.coupon_amount());
    let (sent, today) = (stock.sent.total(), stock.sent.on_day_of(now));
    if spent(sent) > stock.max_amount || spent(today) > stock.max_amount_by_day() {
        return Err(Answer::forbidden("NOT_ENOUGH", "批次预算不足").internal(270_079_534));
    }
    Ok(())
}

pub(crate) fn query(state: &State, openid: &str, id: &str, query: &Query, now: UnixSeconds) -> Outcome {
    query.required("appid", "appid必填")?;
    let coupon = state.coupons.get(id).filter(|coupon| coupon.openid == openid);
    let found = coupon.and_then(|coupon| Some((coupon, state.stock(&coupon.stock_id)?)));
    let (coupon, stock) = found.ok_or_else(|| Answer::not_found("券不存在"))?;
    Ok(Answer::ok(coupon.json(stock, now)))
}

pub(crate) fn list(state: &State, openid: &str, query: &Query, now: UnixSeconds) -> Outcome {
    query.required("appid", "appid必填")?;
    let creator = query.get("creator_mchid");
    let available = query.get("available_mchid");
    let status = query.get("status");
    let (offset, limit) = (query.number("offset")?.unwrap_or(0), query.number("limit")?.unwrap_or(20));
    if limit == 0 {
        return Err(Answer::param("query", "limit", limit.into(), "页大小超过阈值"));
    }
    let held =
        state.coupons.by_openid(openid).filter_map(|coupon| Some((coupon, state.stock(&coupon.stock_id)?)));
    // When both are given, the creator counts.
    let Some(creator) = creator else {
        let available =
            available.ok_or_else(|| Answer::param("query", "creator_mchid", Value::Null, "商户号必填"))?;
        // Only what can be used there now; stock, state and page are ignored.
        let usable: Vec<Value> = held
            .filter(|(coupon, stock)| coupon.status(stock, now) == "SENDED" && takes(stock, available))
            .map(|(coupon, stock)| coupon.json(stock, now))
            .collect();
        let (total, limit) = (usable.len(), usable.len() as u64);
        return Ok(Answer::ok(collection(usable, total, 0, limit)));
    };
    let found: Vec<Value> = held
        .filter(|(_, stock)| stock.terms.belong_merchant.as_str() == creator)
        .filter(|(coupon, _)| query.get("stock_id").is_none_or(|id| coupon.stock_id == id))
        .filter(|(coupon, stock)| match (status, coupon.status(stock, now)) {
            (None, _) => true,
            // Documented: USED gives those that can be used as well.
            (Some("USED"), actual) => actual == "USED" || actual == "SENDED",
            (Some(wanted), actual) => wanted == actual,
        })
        .map(|(coupon, stock)| coupon.json(stock, now))
        .collect();
    let past_end = || Answer::error(StatusCode::BAD_REQUEST, "MCH_NOT_EXISTS", "商户号不合法");
    let data = page(&found, offset, limit, past_end)?.to_vec();
    Ok(Answer::ok(collection(data, found.len(), offset, limit)))
}

fn takes(stock: &Stock, mchid: &str) -> bool {
    stock.merchants.entries.iter().any(|merchant| merchant == mchid)
}

fn invalid(problem: &InvalidField) -> Answer {
    // The openid stands in the path, all else in the body.
    match problem.field() {
        name @ "openid" => Answer::param("url", name, Value::Null, &problem.to_string()),
        name => Answer::param("body", &format!("/{name}"), Value::Null, &problem.to_string()),
    }
}
