//! How to connect.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::layout::page;
use crate::console::snippets::{COMPOSE, SNIPPETS};
use crate::console::view::{ViewContext, text};

/// `GET /_sandbox/connect`
pub(crate) fn connect(json: &Value, context: &ViewContext) -> Markup {
    let environment = json.get("environment").and_then(Value::as_object);
    let mut variables = String::new();
    for (name, value) in environment.into_iter().flatten() {
        variables.push_str(&format!("{name}={}\n", value.as_str().unwrap_or_default()));
    }
    let live = html! {
        h2 { (context.say("环境变量", "Environment")) }
        p {
            (context.say("沙箱启动时把它们写进了凭证目录的 ", "At its start, the sandbox wrote them to "))
            code { (text(json, "secrets_in")) }
            (context.say(
                "，文件名在那里是绝对路径，APIv3密钥也只在那里：",
                " in the folder of credentials, with absolute paths. The APIv3 key is only there:"
            ))
        }
        pre.raw tabindex="0" aria-label=(context.say("载入变量", "Load the variables")) {
            "set -a; . ./credentials/wechatpay.env; set +a"
        }
        pre.raw tabindex="0" aria-label=(context.say("环境变量", "Environment")) { (variables) }
    };
    let rest = html! {
        h2 { (context.say("各语言", "Languages")) }
        p { (context.say("先载入变量。每段程序查询批次列表。", "Load the variables first. Each program lists the stocks.")) }
        @for (language, program) in SNIPPETS { (snippet(language, program)) }
        h2 { (context.say("容器", "Containers")) }
        (snippet("compose.yaml", COMPOSE))
    };
    page(context, context.say("接入", "Connect"), &live, &rest)
}

fn snippet(name: &str, program: &str) -> Markup {
    html! {
        details {
            summary { (name) }
            pre.raw tabindex="0" aria-label=(name) { (program) }
        }
    }
}
