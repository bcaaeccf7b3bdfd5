//! Limits and moods.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::form_table::{CLEAR_LIMITS, SET_LIMITS};
use crate::console::layout::{nothing, page};
use crate::console::view::ViewContext;

/// `GET /_sandbox/limits`
pub(crate) fn limits(json: &Value, context: &ViewContext) -> Markup {
    let text = serde_json::to_string_pretty(json).unwrap_or_default();
    let title = context.say("限制与偶发拒绝", "Limits and moods");
    let live = html! {
        @if json.get("limits").and_then(Value::as_object).is_some_and(|limits| !limits.is_empty()) {
            pre.raw tabindex="0" aria-label=(title) { (text) }
            (CLEAR_LIMITS.html(context, &[]))
        } @else { (nothing(context.say("没有限制。", "There are no limits."))) }
    };
    let rest = html! {
        h2 { (context.say("替换", "Replace")) }
        p { (context.say("例如", "Such as")) " " code { "{\"coupon.send\": {\"per_second\": 50}}" } }
        (SET_LIMITS.html(context, &[]))
    };
    page(context, title, &live, &rest)
}
