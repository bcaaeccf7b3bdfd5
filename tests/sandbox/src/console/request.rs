//! One request.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::form_table::COMPARE;
use crate::console::layout::{copy, still_page};
use crate::console::marks::{different_messages, message, signed};
use crate::console::verdict::{badge, linked, sentence, status};
use crate::console::view::{ViewContext, list, number, text, time};

/// `GET /_sandbox/requests/{id}`
pub(crate) fn request(json: &Value, context: &ViewContext) -> Markup {
    let id = number(json, "id").to_string();
    let title = format!("{} #{id}", context.say("请求", "Request"));
    let has = |name: &str| json.get(name).is_some_and(|value| !value.is_null());
    let compare = html! {
        @if has("expected_message") || has("expected_message_base64") {
            section {
                h2 { (context.say("贴出你签名的原文来对比", "Compare with what you signed")) }
                (COMPARE.html(context, &[("id", &id)]))
            }
        }
    };
    // What was signed is not known, so only the developer can tell.
    let ask_first = has("diagnosis") && !has("signed_message") && !failed_before_signature(json);
    let content = html! {
        p.verdict { (badge(json, context)) " " (sentence(json, context)) }
        p.meta {
            code { (text(json, "method")) " " (text(json, "target")) } br;
            (time(json, "at")) " · " (context.say("应答", "answer")) " " (status(json))
            @if !text(json, "operation").is_empty() { " · " code { (text(json, "operation")) } }
        }
        (signed(json, context))
        @if ask_first { (compare) }
        (checks(json, context))
        (expected(json, context))
        @if !ask_first { (compare) }
        (raw(json, context))
    };
    still_page(context, &title, &content)
}

fn failed_before_signature(json: &Value) -> bool {
    let failed = |row: &&Value| text(row, "result") == "failed";
    list(json, "checks").iter().find(failed).is_some_and(|row| text(row, "check") != "signature")
}

fn checks(json: &Value, context: &ViewContext) -> Markup {
    let rows = list(json, "checks");
    let labels = [("expected", context.say("应为", "expected")), ("got", context.say("实为", "got"))];
    // The whole messages are shown then, which says more than an excerpt.
    let is_shown = |row: &Value| text(row, "check") == "signature" && different_messages(json).is_some();
    html! {
        @if !rows.is_empty() {
            section {
                h2 { (context.say("依次检查了什么", "What was checked, in order")) }
                ol.checks {
                    @for row in rows {
                        li data-id=(text(row, "check")) class=(text(row, "result")) {
                            (result(text(row, "result"), context)) " "
                            strong { (check_name(text(row, "check"), context)) }
                            @if text(row, "result") == "failed" {
                                @if !text(row, "says").is_empty() && text(row, "says") != text(json, "diagnosis") {
                                    p { (linked(text(row, "says"), json, context)) }
                                }
                                @if !is_shown(row) {
                                    dl {
                                        @for (name, label) in labels {
                                            @if !text(row, name).is_empty() {
                                                dt { (label) } dd { code { (text(row, name)) } }
                                            }
                                        }
                                    }
                                }
                            } @else if !text(row, "got").is_empty() {
                                " " code.got { (text(row, "got")) }
                            }
                        }
                    }
                    (business(json, context))
                }
            }
        }
    }
}

/// What came after the signature: limits, faults, and the operation itself.
fn business(json: &Value, context: &ViewContext) -> Markup {
    let status = number(json, "status");
    let (word, class) = match status {
        200..=399 => (result("passed", context), "passed"),
        401 => (result("unknown", context), "unknown"),
        _ => (result("failed", context), "failed"),
    };
    html! {
        @if !text(json, "fault").is_empty() {
            li.failed {
                (result("failed", context))
                " "
                strong { (context.say("故障注入", "Fault")) }
                " "
                code { (text(json, "fault")) }
            }
        }
        li class=(class) data-id="operation" {
            (word) " " strong { (context.say("限制与业务规则", "Limits and the operation itself")) }
            @if class == "failed" && !text(json, "code").is_empty() {
                " " code { (text(json, "code")) } p { (text(json, "message")) }
            }
        }
    }
}

fn result(result: &str, context: &ViewContext) -> Markup {
    let (word, class) = match result {
        "passed" => (context.say("通过", "passed"), "good"),
        "failed" => (context.say("不通过", "failed"), "bad"),
        _ => (context.say("未检查", "not checked"), "quiet"),
    };
    html! { span class={ "badge " (class) } { (word) } }
}

fn check_name(check: &str, context: &ViewContext) -> &'static str {
    match check {
        "headers" => context.say("必需的请求头", "Required headers"),
        "authorization" => context.say("Authorization头", "Authorization header"),
        "scheme" => context.say("认证类型", "Scheme"),
        "fields" => context.say("五个字段的格式", "The five fields"),
        "timestamp" => context.say("时间戳（5分钟内）", "Timestamp (within 5 minutes)"),
        "mchid" => context.say("商户号", "Merchant number"),
        "serial_no" => context.say("证书序列号", "Serial number of the certificate"),
        _ => context.say("签名", "Signature"),
    }
}

fn expected(json: &Value, context: &ViewContext) -> Markup {
    let title = context.say("应签名的原文（签名串）", "The message that has to be signed");
    html! {
        @if let Some(expected) = json.get("expected_message").and_then(Value::as_str) {
            section {
                h2 { (title) " " (copy(context, "/expected_message", context.say("复制", "Copy"))) }
                (message(expected, title))
            }
        }
    }
}

fn raw(json: &Value, context: &ViewContext) -> Markup {
    let answer = json.get("answer").filter(|answer| !answer.is_null());
    html! {
        section {
            h2 {
                (context.say("收到的请求", "The request as it arrived"))
                " "
                (copy(context, "/curl", context.say("复制为curl", "Copy as curl")))
            }
            pre.raw tabindex="0" aria-label=(context.say("收到的请求", "The request as it arrived")) {
                (text(json, "method")) " " (text(json, "target")) "\n" (content(json))
            }
        }
        section {
            h2 { (context.say("应答", "The answer")) }
            @match answer {
                Some(answer) => pre.raw tabindex="0" aria-label=(context.say("应答", "The answer")) {
                    (number(answer, "status")) "\n" (content(answer))
                    @if answer.get("body").is_some_and(Value::is_null) {
                        (context.say("（正文未保留）", "(the body was not kept)"))
                    }
                },
                None => p {
                    (context.say(
                        "没有应答：连接被关闭或一直沉默。",
                        "There was none: the connection was closed or stays silent."
                    ))
                },
            }
        }
        details {
            summary {
                (context.say(
                    "作为curl命令（签名5分钟内有效）",
                    "As a curl command (the signature is accepted for 5 minutes)"
                ))
            }
            pre.raw tabindex="0" aria-label="curl" { (text(json, "curl")) }
        }
    }
}

/// Headers and body.
fn content(json: &Value) -> Markup {
    let headers = json.get("headers").and_then(Value::as_object);
    html! {
        @for (name, value) in headers.into_iter().flatten() {
            @match value {
                Value::Array(values) => {
                    @for value in values { (name) ": " (value.as_str().unwrap_or_default()) "\n" }
                }
                value => { (name) ": " (value.as_str().unwrap_or_default()) "\n" }
            }
        }
        "\n" (text(json, "body"))
        @if !text(json, "body_base64").is_empty() { "base64: " (text(json, "body_base64")) }
    }
}
