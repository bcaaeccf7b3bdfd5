//! The callback URL, and the notification of a used coupon.

use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::calendar::rfc3339;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::protocol::json::{invalid_field, object, text, wrong};
use crate::protocol::notify_url::notify_url;
use crate::protocol::problem::Problem;
use crate::protocol::reply::{Handled, Reply};
use crate::state::State;
use crate::state::change::Change;
use crate::state::notification::{Event, Notification};

pub(crate) fn set(context: Context<'_>) -> Handled {
    let body = object(context.body)?;
    require_own_mchid(text(&body, "mchid", 20, "回调商户不能为空")?, &context)?;
    let url = notify_url(&body, context.options)?
        .ok_or_else(|| invalid_field("notify_url", Value::Null, "回调url不能为空"))?;
    match body.get("switch") {
        None | Some(Value::Bool(true)) => {}
        // Documented as not supported; the error is inferred.
        Some(Value::Bool(false)) => return Err(invalid_field("switch", false.into(), "暂不支持关闭")),
        Some(value) => return Err(wrong(Problem::NotBoolean, "switch", value)),
    }
    let reply = Reply::ok(json!({ "update_time": rfc3339(context.now), "notify_url": url }));
    context.state.change(Change::Callback(url))?;
    Ok(reply)
}

pub(crate) fn query(context: Context<'_>) -> Handled {
    let mchid = context.query.required("mchid", "回调商户不能为空")?;
    require_own_mchid(mchid, &context)?;
    // The error for a URL that was never set is inferred.
    let url = context.state.callback.as_ref().ok_or_else(|| Reply::not_found("回调地址不存在"))?;
    Ok(Reply::ok(json!({ "notify_url": url, "mchid": mchid })))
}

/// A merchant may set and query only its own callback. The error is inferred.
fn require_own_mchid(mchid: &str, context: &Context<'_>) -> Result<(), Reply> {
    let is_own = mchid == context.credentials.mchid();
    if is_own { Ok(()) } else { Err(Reply::invalid_request("非法的商户号")) }
}

/// Makes the notification of a used coupon if a callback URL is set. `coupon` is the JSON of a query.
pub(crate) fn coupon_used(
    state: &State,
    credentials: &Credentials,
    mut coupon: Value,
    now: UnixSeconds,
) -> Result<Option<Change>, Reply> {
    let Some(url) = &state.callback else { return Ok(None) };
    // The documented example has all fields but this one.
    coupon.as_object_mut().and_then(|fields| fields.remove("out_request_no"));
    let event =
        Event { kind: "COUPON.USE", original_type: "coupon", summary: "用券成功", resource: coupon };
    let notification = Notification::new(url, event, credentials, now)?;
    Ok(Some(state.notifications.addition(notification)))
}
