//! Faults.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::fault_kinds::KINDS;
use crate::console::form_table::{ADD_FAULT, CLEAR_FAULTS, FORGET_FAULT};
use crate::console::layout::{nothing, page};
use crate::console::view::{ViewContext, list, number, text};

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
        p {
            (context.say(
                "每个请求遇到等待中的第一个适合的故障。",
                "A request meets the first fault that waits for its operation."
            ))
        }
        (ADD_FAULT.html(context, &[("times", "1"), ("skip", "0")]))
        p { a href="/_sandbox/limits" { (context.say("限制与偶发拒绝", "Limits and moods")) } }
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
