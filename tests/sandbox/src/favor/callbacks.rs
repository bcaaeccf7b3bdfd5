//! Where the merchant wants to hear of used coupons, and telling it.

use http::Uri;
use serde_json::{Map, Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::Credentials;
use crate::delivery::loopback;
use crate::favor::notifications::Event;
use crate::protocol::answer::{Answer, Outcome};
use crate::protocol::input::{self, Query};
use crate::state::{State, time};

pub(crate) fn set(state: &mut State, body: &[u8], mchid: &str, now: UnixSeconds) -> Outcome {
    let body = input::object(body)?;
    own(input::text(&body, "mchid", 20, "回调商户不能为空")?, mchid)?;
    let url = notify_url(&body)?
        .ok_or_else(|| Answer::param("body", "/notify_url", Value::Null, "回调url不能为空"))?;
    match body.get("switch") {
        None | Some(Value::Bool(true)) => {}
        // Documented as not supported; which error says so is inferred.
        Some(value) => return Err(Answer::param("body", "/switch", value.clone(), "暂不支持关闭")),
    }
    let answer = Answer::ok(json!({ "update_time": time(now), "notify_url": url }));
    state.callback = Some(url);
    Ok(answer)
}

pub(crate) fn query(state: &State, query: &Query, mchid: &str) -> Outcome {
    own(query.required("mchid", "回调商户不能为空")?, mchid)?;
    // What the platform says when none was set is inferred.
    let url = state.callback.as_ref().ok_or_else(|| Answer::not_found("回调地址不存在"))?;
    Ok(Answer::ok(json!({ "notify_url": url, "mchid": mchid })))
}

/// Only one's own may be set and seen; which error says so is inferred.
fn own(wanted: &str, mchid: &str) -> Result<(), Answer> {
    if wanted == mchid { Ok(()) } else { Err(Answer::invalid_request("非法的商户号")) }
}

/// `notify_url` of a body: https without a query. The sandbox also takes http on this machine, because that is where
/// it can deliver to.
pub(crate) fn notify_url(body: &Map<String, Value>) -> Result<Option<String>, Answer> {
    if !body.contains_key("notify_url") {
        return Ok(None);
    }
    let text = input::text(body, "notify_url", 256, "回调url不能为空，最多256个字符")?;
    let wrong = |issue: &str| Answer::param("body", "/notify_url", text.into(), issue);
    let url: Uri = text.parse().map_err(|_| wrong("回调url格式错误"))?;
    let host = url.host().unwrap_or_default();
    match url.scheme_str() {
        Some("https") if !host.is_empty() => {}
        Some("http") if loopback(host).is_some() => {}
        _ => return Err(wrong("回调url须为https（沙箱另收本机的http）")),
    }
    if text.contains(['?', '#']) || url.authority().is_some_and(|authority| authority.as_str().contains('@'))
    {
        return Err(wrong("回调url不能携带参数"));
    }
    Ok(Some(text.to_owned()))
}

/// Tells the merchant of a used coupon, if it wants to hear of it. `coupon` is as a query answers it.
pub(crate) fn coupon_used(
    state: &mut State,
    credentials: &Credentials,
    coupon: &Value,
    now: UnixSeconds,
) -> Result<(), Answer> {
    /// Of the documented example, those that an ordinary coupon has. They are called the same in a query.
    const FIELDS: [&str; 14] = [
        "stock_creator_mchid",
        "stock_id",
        "coupon_id",
        "coupon_name",
        "status",
        "description",
        "create_time",
        "coupon_type",
        "no_cash",
        "available_begin_time",
        "available_end_time",
        "singleitem",
        "normal_coupon_information",
        "consume_information",
    ];
    let Some(url) = &state.callback else { return Ok(()) };
    let fields = FIELDS.into_iter().filter_map(|name| Some((name.to_owned(), coupon.get(name)?.clone())));
    let event = Event {
        kind: "COUPON.USE",
        original_type: "coupon",
        summary: "用券成功",
        resource: Value::Object(fields.collect()),
    };
    state.notifications.queue(url, event, credentials, now)
}
