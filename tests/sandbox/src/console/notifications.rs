//! Callbacks.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::form_table::{CANCEL, RESEND, SIGNED_BY};
use crate::console::layout::{copy, nothing, page};
use crate::console::turning::turning;
use crate::console::view::{ViewContext, list, number, text, time};

/// `GET /_sandbox/notifications`
pub(crate) fn notifications(json: &Value, context: &ViewContext) -> Markup {
    let rows = list(json, "data");
    let none = context.say(
        "没有回调。先用 SetCallback 设置地址，再核销一张券。",
        "No callbacks. Set a URL with SetCallback, and redeem a coupon.",
    );
    let live = html! {
        @if rows.is_empty() { (nothing(none)) }
        ul.rows {
            @for row in rows.iter().rev() {
                li data-id=(text(row, "id")) {
                    div.head {
                        (status(row, context)) " "
                        a href={ "/_sandbox/notifications/" (text(row, "id")) } { (text(row, "event_type")) }
                        " → " span { (text(row, "notify_url")) }
                    }
                    p { (attempts(row, context)) }
                    div.meta {
                        (time(row, "create_time")) " · " (context.say("代金券", "coupon")) " "
                        a href={ "/_sandbox/coupons/" (text(row, "coupon_id")) } { (text(row, "coupon_id")) }
                    }
                    (actions(row, context))
                }
            }
        }
        (turning(json, context))
    };
    let rest = html! {
        h2 { (context.say("签名", "Signature")) }
        (SIGNED_BY.html(context, &[("signed_by", text(json, "signed_by"))]))
    };
    page(context, context.say("回调", "Notifications"), &live, &rest)
}

/// `GET /_sandbox/notifications/{id}`
pub(crate) fn notification(json: &Value, context: &ViewContext) -> Markup {
    let plaintext = json.get("plaintext").and_then(|json| serde_json::to_string_pretty(json).ok());
    let live = html! {
        p { (status(json, context)) " " (attempts(json, context)) }
        dl {
            dt { "id" } dd { code { (text(json, "id")) } }
            dt { "URL" } dd { code { (text(json, "notify_url")) } }
            dt { (context.say("代金券", "Coupon")) }
            dd { a href={ "/_sandbox/coupons/" (text(json, "coupon_id")) } { (text(json, "coupon_id")) } }
        }
        (actions(json, context))
        h2 { (context.say("发送记录", "Attempts")) }
        ol.timeline {
            @for attempt in list(json, "attempt_list") {
                li value=(number(attempt, "number")) {
                    (time(attempt, "time")) " · "
                    @if text(attempt, "failure").is_empty() {
                        "HTTP "
                        (number(attempt, "status"))
                    } @else {
                        span lang="en" { (text(attempt, "failure")) }
                    }
                }
            }
        }
        h2 { (context.say("明文", "Plaintext")) }
        pre.raw tabindex="0" aria-label=(context.say("明文", "Plaintext")) { (plaintext.unwrap_or_default()) }
        h2 {
            (context.say("发送的正文（密文）", "The body as sent (encrypted)"))
            " "
            (copy(context, "/body", context.say("复制", "Copy")))
        }
        pre.raw tabindex="0" aria-label=(context.say("密文", "Ciphertext")) { (text(json, "body")) }
    };
    let title = format!("{} {}", context.say("回调", "Notification"), text(json, "event_type"));
    page(context, &title, &live, &html! {})
}

fn actions(json: &Value, context: &ViewContext) -> Markup {
    let given = [("id", text(json, "id"))];
    html! {
        div.actions {
            (RESEND.html(context, &given))
            @if matches!(text(json, "status"), "due" | "in_flight") { (CANCEL.html(context, &given)) }
        }
    }
}

fn status(json: &Value, context: &ViewContext) -> Markup {
    let (word, class) = match text(json, "status") {
        "delivered" => (context.say("已送达", "delivered"), "good"),
        "due" => (context.say("待发送", "due"), "warn"),
        "in_flight" => (context.say("发送中", "being sent"), "warn"),
        "cancelled" => (context.say("已取消", "cancelled"), "quiet"),
        _ => (context.say("已放弃", "given up"), "bad"),
    };
    html! { span class={ "badge " (class) } { (word) } }
}

fn attempts(json: &Value, context: &ViewContext) -> Markup {
    html! {
        (context.say("已发送", "attempts:")) " " (number(json, "attempts")) (context.say(" 次", ""))
        @if number(json, "last_status") != 0 {
            " · " (context.say("上次应答", "last answer")) " " (number(json, "last_status"))
        }
        @if !text(json, "last_failure").is_empty() {
            " · " (context.say("上次失败：", "last failure: ")) span lang="en" { (text(json, "last_failure")) }
        }
        @if !text(json, "next_attempt_time").is_empty() {
            " · " (context.say("下次", "next")) " " (time(json, "next_attempt_time"))
        }
    }
}
