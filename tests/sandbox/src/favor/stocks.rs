//! Stocks: creating them, their life cycle, and questions about them.

use http::StatusCode;
use serde_json::{Map, Value, json};
use wechatpay_core::Operation as _;
use wechatpay_core::cashcoupons::{CreateCouponStock, ListStocks};
use wechatpay_core::error::InvalidField;
use wechatpay_core::types::{Mchid, Timestamp, UnixSeconds};

use crate::favor::ledger::Sent;
use crate::favor::modify::Entries;
use crate::protocol::answer::{Answer, Outcome};
use crate::protocol::input::{self, Query};
use crate::state::{State, Status, Stock, time};

pub(crate) fn create(state: &mut State, body: &[u8], mchid: &str, now: UnixSeconds) -> Outcome {
    let object = input::object(body)?;
    strict_numbers(&object, "")?;
    let terms: CreateCouponStock = serde_json::from_value(Value::Object(object))
        .map_err(|error| Answer::param("body", "", Value::Null, &error.to_string()))?;
    // Idempotency comes first: a repeat is right even when its times have passed since.
    if let Some(stock) = state.stocks.iter().find(|stock| stock.terms.out_request_no == terms.out_request_no)
    {
        // The platform documents that a repeat makes no second stock, not what a changed one gives: inferred.
        if stock.terms != terms {
            return Err(Answer::invalid_request("商户单据号已使用，请求参数与之前不一致"));
        }
        return Ok(created(stock));
    }
    terms
        .validate()
        .map_err(|problem| Answer::param("body", &pointer(&problem), Value::Null, &problem.to_string()))?;
    if let Some(problem) = terms.check(Some(now)).first() {
        // The documented error for a broken rule, as opposed to a field that can never be right.
        let detail = json!({ "location": "body", "field": pointer(problem), "issue": problem.to_string() });
        return Err(Answer::invalid_request("批次发放规则或核销规则有误").detail(detail));
    }
    if terms.belong_merchant.as_str() != mchid {
        return Err(Answer::error(StatusCode::BAD_REQUEST, "MCH_NOT_EXISTS", "商户号不合法"));
    }
    let stock = Stock {
        id: state.stocks.len().saturating_add(10_000_001).to_string(),
        created: now,
        merchants: Entries::new(terms.coupon_use_rule.available_merchants.iter().map(Mchid::as_str)),
        items: Entries::new(&terms.coupon_use_rule.available_items),
        max_amount: terms.stock_use_rule.max_amount.get(),
        terms,
        status: Status::Unactivated,
        started: None,
        paused: None,
        restarted: None,
        stopped: None,
        sent: Sent::default(),
    };
    let answer = created(&stock);
    state.stocks.push(stock);
    Ok(answer)
}

/// A field's place in the body.
fn pointer(problem: &InvalidField) -> String {
    format!("/{}", problem.field().replace('.', "/"))
}

/// The model reads integers from strings too, as answers may have them; a request may not.
fn strict_numbers(object: &Map<String, Value>, place: &str) -> Result<(), Answer> {
    const NUMBERS: [&str; 6] = [
        "max_coupons",
        "max_amount",
        "max_amount_by_day",
        "max_coupons_per_user",
        "coupon_amount",
        "transaction_minimum",
    ];
    for (name, value) in object {
        let place = format!("{place}/{name}");
        match value {
            Value::Object(inner) => strict_numbers(inner, &place)?,
            value if NUMBERS.contains(&name.as_str()) && !value.is_i64() => {
                return Err(Answer::param("body", &place, value.clone(), "不是整数"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn created(stock: &Stock) -> Answer {
    Answer::ok(json!({ "stock_id": stock.id, "create_time": time(stock.created) }))
}

/// `start`, `pause`, `restart` and `stop`. Repeating one in the state it leads to gives the time it happened.
pub(crate) fn change(state: &mut State, id: &str, action: &str, body: &[u8], now: UnixSeconds) -> Outcome {
    let object = input::object(body)?;
    let creator = input::text(&object, "stock_creator_mchid", 20, "商户号必填")?;
    let stock = state.stock_mut(id).ok_or_else(no_stock)?;
    same_creator(stock, creator)?;
    let (from, to, at) = match action {
        "start" => (Status::Unactivated, Status::Running, &mut stock.started),
        "pause" => (Status::Running, Status::Paused, &mut stock.paused),
        "restart" => (Status::Paused, Status::Running, &mut stock.restarted),
        _ => (Status::Unactivated, Status::Stopped, &mut stock.stopped),
    };
    let at = match *at {
        Some(at) if stock.status == to => at,
        _ if stock.status == from => {
            *at = Some(now);
            stock.status = to;
            now
        }
        _ => return Err(Answer::invalid_request("批次状态不允许此操作")),
    };
    Ok(Answer::ok(json!({ format!("{action}_time"): time(at), "stock_id": id })))
}

pub(crate) fn query(state: &State, id: &str, query: &Query) -> Outcome {
    let creator = query.required("stock_creator_mchid", "商户号必填")?;
    let stock = state.stock(id).ok_or_else(no_stock)?;
    same_creator(stock, creator)?;
    Ok(Answer::ok(stock.json()))
}

pub(crate) fn list(state: &State, query: &Query) -> Outcome {
    let creator = query.required("stock_creator_mchid", "商户号必填")?;
    // How far the pages go is not documented here.
    let (offset, limit) = page_of(query, u64::MAX, u64::from(ListStocks::MAX_LIMIT))?;
    let status = query.get("status");
    let known = ["unactivated", "audit", "running", "stoped", "paused"];
    if let Some(status) = status.filter(|status| !known.contains(status)) {
        return Err(Answer::param("query", "status", status.into(), "非法的批次状态"));
    }
    let time = |name: &str| -> Result<Option<i64>, Answer> {
        let Some(text) = query.get(name) else { return Ok(None) };
        let wrong = || Answer::param("query", name, text.into(), "输入时间格式错误");
        Timestamp::from(text).unix_seconds().map(Some).ok_or_else(wrong)
    };
    let (start, end) = (time("create_start_time")?, time("create_end_time")?);
    let found: Vec<&Stock> = state
        .stocks
        .iter()
        .filter(|stock| stock.terms.belong_merchant.as_str() == creator)
        .filter(|stock| status.is_none_or(|status| stock.status.as_str() == status))
        .filter(|stock| {
            let created = i64::try_from(stock.created).unwrap_or(i64::MAX);
            start.is_none_or(|start| created >= start) && end.is_none_or(|end| created <= end)
        })
        .collect();
    let page = page(&found, offset, limit, no_stock)?;
    let data = page.iter().map(|stock| stock.json()).collect();
    Ok(Answer::ok(collection(data, found.len(), offset, limit)))
}

pub(crate) fn no_stock() -> Answer {
    Answer::not_found("批次不存在").internal(270_079_488)
}

/// `offset` and `limit`, both required.
pub(crate) fn page_of(query: &Query, max_offset: u64, max_limit: u64) -> Result<(u64, u64), Answer> {
    let missing = |name: &str| Answer::param("query", name, Value::Null, "必填");
    let offset = query.number("offset")?.ok_or_else(|| missing("offset"))?;
    let limit = query.number("limit")?.ok_or_else(|| missing("limit"))?;
    if offset > max_offset {
        return Err(Answer::param("query", "offset", offset.into(), "页码超过阈值"));
    }
    if !(1..=max_limit).contains(&limit) {
        return Err(Answer::param("query", "limit", limit.into(), "页大小超过阈值"));
    }
    Ok((offset, limit))
}

/// Page `offset`, counted from 0, of `limit` entries. Asking past the end is an error, but for the first page.
pub(crate) fn page<T>(
    all: &[T],
    offset: u64,
    limit: u64,
    past_end: impl FnOnce() -> Answer,
) -> Result<&[T], Answer> {
    let first = usize::try_from(offset.saturating_mul(limit)).unwrap_or(usize::MAX);
    if offset > 0 && first >= all.len() {
        return Err(past_end());
    }
    let rest = all.get(first..).unwrap_or_default();
    let len = usize::try_from(limit).unwrap_or(usize::MAX).min(rest.len());
    Ok(rest.get(..len).unwrap_or_default())
}

/// A page as JSON; `data` is left out when there is none, as the documented samples have it.
pub(crate) fn collection(data: Vec<Value>, total: usize, offset: u64, limit: u64) -> Value {
    let mut json = json!({ "total_count": total, "offset": offset, "limit": limit });
    if let (Value::Object(fields), false) = (&mut json, data.is_empty()) {
        fields.insert("data".to_owned(), Value::Array(data));
    }
    json
}

pub(crate) fn same_creator(stock: &Stock, creator: &str) -> Result<(), Answer> {
    if stock.terms.belong_merchant.as_str() == creator {
        return Ok(());
    }
    Err(Answer::invalid_request("非法的商户号"))
}
