//! Faults.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::form_table::{ADD_FAULT, CLEAR_FAULTS, FORGET_FAULT};
use crate::console::layout::{nothing, page};
use crate::console::text::Text;
use crate::console::view::{ViewContext, list, number, text};

/// The kinds of faults. A test compares them with those that the control interface knows.
pub(crate) const KINDS: &[(&str, Text)] = &[
    ("delay", Text("delay：延迟应答", "delay: the response is delayed")),
    ("close_before", Text("close_before：执行前断开", "close_before: closed, not carried out")),
    (
        "close_after",
        Text("close_after：已执行，不应答就断开", "close_after: carried out, closed without a response"),
    ),
    ("never_answers", Text("never_answers：已执行，一直不应答", "never_answers: carried out, no response")),
    ("truncate", Text("truncate：正文只发一半", "truncate: half of the body")),
    (
        "wrong_length",
        Text("wrong_length：Content-Length多1", "wrong_length: Content-Length too large by one"),
    ),
    ("oversized", Text("oversized：正文极大", "oversized: a huge body")),
    ("drip", Text("drip：正文逐字节发送", "drip: the body byte by byte")),
    ("wrong_signature", Text("wrong_signature：应答签名错误", "wrong_signature: the signature is wrong")),
    ("unsigned", Text("unsigned：应答没有签名", "unsigned: no signature")),
    ("unknown_serial", Text("unknown_serial：未知的序列号", "unknown_serial: no key has the serial number")),
    (
        "signature_probe",
        Text("signature_probe：签名探测流量", "signature_probe: a probe, WECHATPAY/SIGNTEST/"),
    ),
    ("stale_timestamp", Text("stale_timestamp：签名过旧", "stale_timestamp: correct but old")),
    ("accepted", Text("accepted：202，无正文", "accepted: 202 without a body")),
    ("redirect", Text("redirect：302", "redirect: 302")),
    ("rate_limited", Text("rate_limited：429 频率超限", "rate_limited: 429, not carried out")),
    ("system_error", Text("system_error：500 系统错误", "system_error: 500 SYSTEM_ERROR")),
    ("forbidden", Text("forbidden：403 HTML，未签名", "forbidden: 403 in HTML, unsigned")),
    ("bad_gateway", Text("bad_gateway：502 HTML，未签名", "bad_gateway: 502 in HTML, unsigned")),
    ("unavailable", Text("unavailable：503", "unavailable: 503")),
    ("text_plain", Text("text_plain：Content-Type为text/plain", "text_plain: Content-Type is text/plain")),
    ("numbers_as_text", Text("numbers_as_text：数字变成文本", "numbers_as_text: all numbers are texts")),
];

/// `GET /_sandbox/faults`
pub(crate) fn faults(json: &Value, context: &ViewContext) -> Markup {
    let rows = list(json, "faults");
    let live = html! {
        @if rows.is_empty() { (nothing(context.say("没有等待的故障。", "No faults are waiting."))) }
        ul.rows {
            @for row in rows {
                li data-id=(number(row, "id")) {
                    div.head { strong { (sentence(text(row, "fault"), context)) } }
                    p {
                        (context.say("操作", "operation")) " " code { (text(row, "operation")) }
                        " · " (context.say("先放过", "lets pass")) " " (number(row, "skip"))
                        " · " (context.say("还有", "left")) " " (number(row, "times"))
                        @for (name, value) in parameters(row) { " · " (name) " " code { (value) } }
                    }
                    (FORGET_FAULT.html(context, &[("id", &number(row, "id").to_string())]))
                }
            }
        }
        @if rows.len() > 1 { (CLEAR_FAULTS.html(context, &[])) }
    };
    let rest = html! {
        h2 { (context.say("添加", "Add")) }
        p { (context.say("每个请求遇到等待中的第一个适合的故障。", "A request meets the first fault that waits for its operation.")) }
        (ADD_FAULT.html(context, &[("times", "1"), ("skip", "0")]))
        p { a href="/_sandbox/limits" { (context.say("限制与“脾气”", "Limits and moods")) } }
    };
    page(context, context.say("故障", "Faults"), &live, &rest)
}

fn sentence<'a>(kind: &'a str, context: &ViewContext) -> &'a str {
    let known = KINDS.iter().find(|(name, _)| *name == kind);
    known.map_or(kind, |(_, text)| text.get(context.english))
}

/// Those that are not of every fault.
fn parameters(row: &Value) -> impl Iterator<Item = (&String, String)> {
    let common = ["id", "fault", "operation", "skip", "times"];
    let members = row.as_object().into_iter().flatten();
    members
        .filter(move |(name, _)| !common.contains(&name.as_str()))
        .map(|(name, value)| (name, value.to_string()))
}
