//! The page of an error.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::layout::still_page;
use crate::console::view::{ViewContext, number, text};

/// Shows an error of the control interface in its words.
pub(crate) fn error_page(json: &Value, context: &ViewContext) -> Markup {
    let field = json.pointer("/detail/field").and_then(Value::as_str).unwrap_or_default();
    let content = html! {
        p.error role="alert" { (text(json, "message")) }
        dl {
            dt { (context.say("状态码", "Status")) } dd { (number(json, "status")) }
            dt { (context.say("代码", "Code")) } dd { code { (text(json, "code")) } }
            @if !field.is_empty() { dt { (context.say("字段", "Field")) } dd { code { (field) } } }
        }
        p {
            (context.say(
                "用浏览器的“后退”回到表单，填写的内容还在。",
                "Go back in the browser: what you filled in is still there."
            ))
        }
    };
    still_page(context, context.say("没有执行", "Not done"), &content)
}
