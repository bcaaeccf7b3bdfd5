//! Links to the parts of a long list.

use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::console::view::{ViewContext, list, number};

/// How many there are, and the parts with older and newer entries.
pub(crate) fn turning(json: &Value, context: &ViewContext) -> Markup {
    let (total, offset, limit) = (number(json, "total_count"), number(json, "offset"), number(json, "limit"));
    let shown = i64::try_from(list(json, "data").len()).unwrap_or(i64::MAX);
    let end = offset.saturating_add(shown);
    html! {
        @if total > 0 {
            nav.turning aria-label=(context.say("分页", "Parts of the list")) {
                @if end < total && shown > 0 {
                    a href=(link(context, end)) { (context.say("较新", "Newer")) }
                    " "
                }
                @if shown < total {
                    span { (end) "–" (offset.saturating_add(1).min(end)) " / " (total) }
                } @else {
                    span { (context.say("共", "in all")) " " (total) }
                }
                @if offset > 0 {
                    " "
                    a href=(link(context, offset.saturating_sub(limit).max(0))) { (context.say("较早", "Older")) }
                }
            }
        }
    }
}

/// This page with another offset.
fn link(context: &ViewContext, offset: i64) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let kept = context.query.pairs().filter(|(name, value)| *name != "offset" && !value.is_empty());
    let kept: String = kept.map(|(name, value)| format!("{}={}&", encode(name), encode(value))).collect();
    format!("{}?{kept}offset={offset}", context.path)
}
