//! The list of requests.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::form_table::CLEAR_REQUESTS;
use crate::console::layout::{filtered_page, is_filtered, nothing, unfiltered};
use crate::console::verdict::{badge, sentence, status};
use crate::console::view::{ViewContext, list, number, text, time};

/// `GET /_sandbox/requests`
pub(crate) fn requests(json: &Value, context: &ViewContext) -> Markup {
    let rows = list(json, "requests");
    let none = match is_filtered(context) {
        true => context.say("没有符合筛选的请求。", "No request matches the filter."),
        false => context.say(
            "没有请求。把客户端的base URL指向这里。",
            "No requests. Point the base URL of your client here.",
        ),
    };
    let live = html! {
        @if rows.is_empty() { (nothing(none)) } @else {
            (table(rows, context))
            (CLEAR_REQUESTS.html(context, &[]))
        }
    };
    filtered_page(context, context.say("请求", "Requests"), &filter(context), &live)
}

fn filter(context: &ViewContext) -> Markup {
    let given = |name: &str| context.query.get(name).unwrap_or_default();
    let refused = given("refused") == "true";
    html! {
        form id="form-filter-requests" method="get" action="/_sandbox/requests" role="search" {
            span.field {
                label for="filter-operation" { (context.say("操作", "Operation")) }
                select id="filter-operation" name="operation" {
                    option value="" { (context.say("全部", "all")) }
                    option value="null" selected[given("operation") == "null"] {
                        (context.say("未知路径", "unknown paths"))
                    }
                    @for name in &context.operations {
                        option value=(name) selected[given("operation") == name] { (name) }
                    }
                }
            }
            span.field {
                label for="filter-status" { (context.say("状态码", "Status")) }
                input id="filter-status" name="status" size="4" inputmode="numeric" value=(given("status"));
            }
            span.field {
                label for="filter-text" { (context.say("包含文本", "Text")) }
                input id="filter-text" name="text" size="16" value=(given("text"));
            }
            span.field.check {
                input id="filter-refused" type="checkbox" name="refused" value="true" checked[refused];
                label for="filter-refused" { (context.say("只看验签失败", "refused only")) }
            }
            button type="submit" { (context.say("筛选", "Filter")) }
            (unfiltered(context))
        }
    }
}

/// A table of requests.
pub(crate) fn table(rows: &[Value], context: &ViewContext) -> Markup {
    html! {
        ul.rows {
            @for row in rows {
                li data-id=(number(row, "id")) {
                    div.head {
                        (badge(row, context))
                        " " span.status { (status(row)) }
                        " " a.target href={ "/_sandbox/requests/" (number(row, "id")) } {
                            (text(row, "method")) " " (text(row, "target"))
                        }
                    }
                    p { (sentence(row, context)) }
                    div.meta {
                        "#" (number(row, "id")) " · " (time(row, "at"))
                        @if !text(row, "operation").is_empty() { " · " code { (text(row, "operation")) } }
                    }
                }
            }
        }
    }
}
