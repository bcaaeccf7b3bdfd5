//! The page of an error.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::layout::still_page;
use crate::console::view::{ViewContext, number, text};

/// Shows an error of the control interface in its words.
pub(crate) fn error_page(json: &Value, context: &ViewContext) -> Markup {
    let field = json.pointer("/detail/field").and_then(Value::as_str).unwrap_or_default();
    let is_form = context.path.starts_with("/_sandbox/forms/");
    let title = match is_form {
        true => context.say("没有执行", "Not done"),
        false => context.say("无法显示", "Cannot be shown"),
    };
    let content = html! {
        // The messages of the control interface are English.
        p.error role="alert" lang="en" { (text(json, "message")) }
        dl {
            dt { (context.say("状态码", "Status")) } dd { (number(json, "status")) }
            dt { (context.say("代码", "Code")) } dd { code { (text(json, "code")) } }
            @if !field.is_empty() { dt { (context.say("字段", "Field")) } dd { code { (field) } } }
        }
        @if is_form {
            p {
                (context.say(
                    "用浏览器的“后退”回到表单，填写的内容还在。",
                    "Go back in the browser: what you filled in is still there."
                ))
            }
        }
    };
    still_page(context, title, &content)
}
