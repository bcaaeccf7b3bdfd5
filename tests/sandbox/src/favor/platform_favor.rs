//! 减金批次 (platform-favor). Unpublished: known only from a version of the official Go package that was withdrawn on the
//! day of its release. The further life cycle of such a stock is unknown, so it can only be created and queried.

use serde_json::Value;
use wechatpay_core::types::Timestamp;

use crate::context::Context;
use crate::protocol::json::{integer_problem, object, text};
use crate::protocol::problem::{Problem, Reader};
use crate::protocol::reply::{Handled, Reply};
use crate::state::change::Change;
use crate::state::platform_favor::PlatformFavor;

/// The required fields that are positive numbers.
const NUMBERS: [&str; 4] = [
    "/send_rule/max_coupons",
    "/send_rule/max_amount",
    "/send_rule/max_coupons_per_user",
    "/use_rule/coupon_amount",
];

pub(crate) fn create(context: Context<'_>) -> Handled {
    let favors = &context.state.platform_favors;
    let body = object(context.body)?;
    let belong_merchant = text(&body, "belong_merchant", 20, "商户号必填")?;
    let out_request_no = text(&body, "out_request_no", 128, "商户单据号必填")?;
    check(&Value::Object(body.clone()))?;
    if belong_merchant != context.credentials.mchid() {
        return Err(Reply::bad_request("MCH_NOT_EXISTS", "商户号不合法"));
    }
    if let Some(favor) = favors.by_number(out_request_no) {
        // Inferred: the same error as for other stocks.
        if favor.terms != body {
            return Err(Reply::invalid_request("商户单据号已使用，请求参数与之前不一致"));
        }
        return Ok(Reply::ok(favor.json()));
    }
    let favor = PlatformFavor { id: favors.next_id(), created: context.now, terms: body };
    let reply = Reply::ok(favor.json());
    context.state.change(Change::PlatformFavor(favor))?;
    Ok(reply)
}

pub(crate) fn query(context: Context<'_>) -> Handled {
    let creator = context.query.stock_creator()?;
    let favor = context.state.platform_favors.get(context.path.get("stock_id"));
    let favor = favor.ok_or_else(|| Reply::not_found("批次不存在"))?;
    if favor.text("belong_merchant") != Some(creator) {
        return Err(Reply::invalid_request("非法的商户号"));
    }
    Ok(Reply::ok(favor.json()))
}

/// Checks only that required fields are present and have the right type, because no rules are known.
pub(crate) fn check(body: &Value) -> Result<(), Reply> {
    let field = |pointer: &str| body.pointer(pointer).cloned().unwrap_or_default();
    let invalid = |pointer: &str, issue: &str| Reply::param("body", pointer, field(pointer), issue);
    let wrong =
        |pointer: &str, problem: Problem| problem.reply(Reader::Merchant, "body", pointer, field(pointer));
    for pointer in ["/send_rule", "/use_rule", "/use_rule/available_time"] {
        match field(pointer) {
            Value::Object(_) => {}
            Value::Null => return Err(wrong(pointer, Problem::Missing)),
            _ => return Err(wrong(pointer, Problem::NotObject)),
        }
    }
    for pointer in NUMBERS {
        let value = field(pointer);
        let number = value.as_i64().ok_or_else(|| wrong(pointer, integer_problem(&value)))?;
        if number <= 0 {
            return Err(invalid(pointer, "不是正整数"));
        }
    }
    let text = |pointer: &str| match field(pointer) {
        Value::String(text) if !text.is_empty() => Ok(text),
        Value::String(_) | Value::Null => Err(wrong(pointer, Problem::Missing)),
        _ => Err(wrong(pointer, Problem::NotString)),
    };
    let method = "/send_rule/deduct_balance_method";
    if !matches!(text(method)?.as_str(), "BATCH_DEDUCT" | "REALTIME_DEDUCT") {
        return Err(invalid(method, "须为BATCH_DEDUCT或REALTIME_DEDUCT"));
    }
    let time = |pointer: &str| {
        let time = Timestamp::from(text(pointer)?).unix_seconds();
        time.ok_or_else(|| invalid(pointer, "输入时间格式错误，应为RFC 3339格式"))
    };
    let end = "/use_rule/available_time/available_end_time";
    let in_order = time("/use_rule/available_time/available_begin_time")? < time(end)?;
    if in_order { Ok(()) } else { Err(invalid(end, "须晚于开始时间")) }
}
