//! Stocks: creation, life cycle, queries and lists.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wechatpay_core::Operation as _;
use wechatpay_core::cashcoupons::{CreateCouponStock, ListStocks};
use wechatpay_core::error::InvalidField;
use wechatpay_core::types::Mchid;

use crate::calendar::rfc3339;
use crate::context::Context;
use crate::favor::pages::Page;
use crate::favor::rules::in_chinese;
use crate::protocol::json::{object, text, typed};
use crate::protocol::reply::{Handled, Reply};
use crate::state::change::Change;
use crate::state::entries::Entries;
use crate::state::stock::{Sent, Status, Stock, no_stock, signed};

pub(crate) fn create(context: Context<'_>) -> Handled {
    let Context { state, now, .. } = context;
    let object = object(context.body)?;
    let tags = object.get("coupon_use_rule").and_then(|rule| rule.get("goods_tag"));
    // Documented. The core does not send an empty list.
    if tags.and_then(Value::as_array).is_some_and(Vec::is_empty) {
        return Err(Reply::param("body", "/coupon_use_rule/goods_tag", json!([]), "订单优惠标记不能为空"));
    }
    let sent = Value::Object(object.clone());
    let terms: CreateCouponStock = typed(object)?;
    // Idempotency is checked first: a retry succeeds even if its times have passed.
    if let Some(stock) = state.stocks.by_number(terms.out_request_no.as_str()) {
        // Documented: a retry creates no second stock. Inferred: the error for a retry with other parameters.
        if stock.terms != terms {
            return Err(Reply::invalid_request("商户单据号已使用，请求参数与之前不一致"));
        }
        return Ok(created_reply(stock));
    }
    let value = |pointer: &str| sent.pointer(pointer).cloned().unwrap_or_default();
    terms.validate().map_err(|problem| {
        let pointer = pointer(&problem);
        Reply::param("body", &pointer, value(&pointer), &in_chinese(problem.problem()))
    })?;
    if let Some(problem) = terms.check(Some(now)).first() {
        // The documented error for a violated rule. Fields that are never valid get PARAM_ERROR above.
        let (pointer, issue) = (pointer(problem), in_chinese(problem.problem()));
        let message = format!("批次发放规则或核销规则有误：“{pointer}”{issue}");
        let value = value(&pointer);
        let detail = json!({ "location": "body", "field": pointer, "value": value, "issue": issue });
        return Err(Reply::invalid_request(&message).detail(detail));
    }
    if terms.belong_merchant.as_str() != context.credentials.mchid() {
        return Err(Reply::bad_request("MCH_NOT_EXISTS", "商户号不合法"));
    }
    let stock = Stock {
        id: state.stocks.next_id(),
        created: now,
        merchants: Entries::new(terms.coupon_use_rule.available_merchants.iter().map(Mchid::as_str)),
        items: Entries::new(&terms.coupon_use_rule.available_items),
        max_amount: terms.stock_use_rule.max_amount.get(),
        terms,
        status: Status::Unactivated,
        changes: BTreeMap::new(),
        sent: Sent::default(),
    };
    let reply = created_reply(&stock);
    state.change(Change::Stock(Box::new(stock)))?;
    Ok(reply)
}

/// Returns the JSON pointer of a field.
fn pointer(problem: &InvalidField) -> String {
    format!("/{}", problem.field().replace('.', "/"))
}

fn created_reply(stock: &Stock) -> Reply {
    Reply::ok(json!({ "stock_id": stock.id, "create_time": rfc3339(stock.created) }))
}

pub(crate) fn start(context: Context<'_>) -> Handled {
    change_status(context, "start_time", Status::Unactivated, Status::Running)
}

pub(crate) fn pause(context: Context<'_>) -> Handled {
    change_status(context, "pause_time", Status::Running, Status::Paused)
}

pub(crate) fn restart(context: Context<'_>) -> Handled {
    change_status(context, "restart_time", Status::Paused, Status::Running)
}

pub(crate) fn stop(context: Context<'_>) -> Handled {
    change_status(context, "stop_time", Status::Unactivated, Status::Stopped)
}

/// Changes the status of a stock. A retry in the new status returns the time of the change.
fn change_status(context: Context<'_>, name: &'static str, from: Status, to: Status) -> Handled {
    let object = object(context.body)?;
    let creator = text(&object, "stock_creator_mchid", 20, "商户号必填")?;
    let id = context.path.get("stock_id");
    if context.state.stock_of(creator, id)?.status == from {
        let (name, at) = (name.into(), context.now);
        context.state.change(Change::Status { stock: id.to_owned(), status: to, name, at })?;
    }
    let stock = context.state.stock_of(creator, id)?;
    let at = stock.changes.get(name).filter(|_| stock.status == to);
    let at = at.ok_or_else(|| Reply::invalid_request("批次状态不允许此操作"))?;
    Ok(Reply::ok(json!({ name: rfc3339(*at), "stock_id": stock.id })))
}

pub(crate) fn query(context: Context<'_>) -> Handled {
    let creator = context.query.stock_creator()?;
    let stock = context.state.stock_of(creator, context.path.get("stock_id"))?;
    Ok(Reply::ok(stock.json()))
}

pub(crate) fn list(context: Context<'_>) -> Handled {
    let query = &context.query;
    let creator = query.stock_creator()?;
    // A limit of the offset is not documented.
    let page = Page::required(query, u64::MAX, u64::from(ListStocks::MAX_LIMIT))?;
    let status = query.get("status");
    let known = ["unactivated", "audit", "running", "stoped", "paused"];
    if let Some(status) = status.filter(|status| !known.contains(status)) {
        return Err(Reply::param("query", "status", status.into(), "非法的批次状态"));
    }
    let (start, end) = (query.time("create_start_time")?, query.time("create_end_time")?);
    let stocks = context.state.stocks.iter().filter(|stock| stock.creator() == creator);
    let found: Vec<&Stock> = stocks
        .filter(|stock| status.is_none_or(|status| stock.status.as_str() == status))
        .filter(|stock| {
            let created = signed(stock.created);
            start.is_none_or(|start| created >= start) && end.is_none_or(|end| created <= end)
        })
        .collect();
    page.of(&found, |stock| stock.json(), no_stock).map(Reply::ok)
}
