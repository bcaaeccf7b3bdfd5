//! The result of a comparison.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::layout::still_page;
use crate::console::marks::{different_messages, signed};
use crate::console::view::{ViewContext, number, text};

/// `POST /_sandbox/requests/{id}/compare`
pub(crate) fn compare(json: &Value, context: &ViewContext) -> Markup {
    let yes_or_no = |name: &str| match json.get(name).and_then(Value::as_bool) {
        Some(true) => context.say("是", "yes"),
        _ => context.say("否", "no"),
    };
    let first = json.get("first_difference").filter(|first| !first.is_null());
    let digest = json.get("digest").filter(|digest| !digest.is_null());
    let id = number(json, "id");
    let content = html! {
        p.verdict { (text(json, "says")) }
        p {
            a href={ "/_sandbox/requests/" (id) } { (context.say("回到请求", "Back to request")) " #" (id) }
            " "
            span.quiet {
                (context.say("（浏览器的“后退”保留贴出的文本）", "(“Back” of the browser keeps what you pasted)"))
            }
        }
        (signed(json, context))
        dl {
            dt { (context.say("摘要证明这就是签名的原文", "Proven by the digest to be what was signed")) }
            dd { (yes_or_no("proven")) }
            dt { (context.say("与应签名的原文相同", "The same as the expected message")) } dd { (yes_or_no("same")) }
            @if let Some(first) = first {
                dt { (context.say("第一处不同", "First difference")) }
                dd {
                    (context.say("第", "line "))
                    (number(first, "line"))
                    (context.say("行，第", ", byte "))
                    (number(first, "offset"))
                    (context.say("字节（从0起）", " (from 0)"))
                }
                // Otherwise the whole messages are above.
                @if different_messages(json).is_none() {
                    dt { (context.say("应为", "expected")) } dd { code { (text(first, "expected")) } }
                    dt { (context.say("贴出的", "pasted")) } dd { code { (text(first, "got")) } }
                }
            }
            @if let Some(digest) = digest {
                dt { (context.say("签名中的摘要", "Digest in the signature")) }
                dd { (text(digest, "algorithm")) " " code { (text(digest, "hex")) } }
            }
        }
    };
    still_page(context, context.say("对比结果", "Comparison"), &content)
}
