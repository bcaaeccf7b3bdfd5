//! The first page.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::layout::{nothing, page};
use crate::console::requests::table;
use crate::console::verdict::linked;
use crate::console::view::{ViewContext, list, number, text, time};

/// `GET /`
pub(crate) fn start(json: &Value, context: &ViewContext) -> Markup {
    let url = text(json, "url");
    let problems = list(json, "problems");
    let recent = list(json, "requests");
    let connect = html! {
        section {
            h2 { (context.say("接入", "Connect")) }
            ol {
                li {
                    (context.say("把客户端的base URL ", "Replace the base URL "))
                    code { "https://api.mch.weixin.qq.com" } (context.say(" 换成 ", " of your client by "))
                    code { (url) } (context.say("。", "."))
                }
                li {
                    (context.say("用商户号 ", "Use the merchant number ")) code { (text(json, "mchid")) }
                    (context.say("，其余设置在沙箱写好的 ", ". The other settings are in "))
                    code { "wechatpay.env" } (context.say(" 里。", ", which the sandbox wrote."))
                }
                li {
                    (context.say(
                        "发一个请求，它会出现在这一页。各语言的写法见",
                        "Send a request: it appears on this page. For your language see "
                    ))
                    a href="/_sandbox/connect" { (context.say("“接入”", "Connect")) } (context.say("。", "."))
                }
            }
        }
    };
    let live = html! {
        p.meta {
            (context.say("监听", "Listens at"))
            " "
            code { (url) }
            " · "
            (context.say("商户", "merchant"))
            " "
            code { (text(json, "mchid")) }
            " · " (context.say("平台时间", "platform's time")) " " (time(json, "platform_time"))
        }
        @if recent.is_empty() { (connect) } @else {
            section {
                h2 { (context.say("待解决的问题", "Open problems")) }
                @if problems.is_empty() { (nothing(context.say("没有验签失败的请求。", "No request was refused."))) }
                ul.rows { @for problem in problems { (problem_row(problem, context)) } }
            }
            section {
                h2 { (context.say("最近的请求", "Last requests")) }
                (table(recent, context))
                p { a href="/_sandbox/requests" { (context.say("全部请求", "All requests")) } }
            }
            (connect)
        }
    };
    page(context, context.say("微信支付代金券沙箱", "WeChat Pay coupon sandbox"), &live, &html! {})
}

fn problem_row(problem: &Value, context: &ViewContext) -> Markup {
    let newest = problem.get("newest").unwrap_or(&Value::Null);
    let codes = list(problem, "codes").iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
    let solved = problem.get("solved").and_then(Value::as_bool) == Some(true);
    html! {
        li data-id=(codes) {
            div.head {
                @if solved { span.badge.quiet { (context.say("之后已有通过", "accepted since")) } }
                @else { span.badge.bad { (context.say("未解决", "open")) } }
                " "
                code {
                    @if text(newest, "operation").is_empty() {
                        (text(newest, "target"))
                    } @else {
                        (text(newest, "operation"))
                    }
                }
                " × " (number(problem, "count"))
            }
            p { (linked(text(newest, "diagnosis"), newest, context)) }
            div.meta {
                a href={ "/_sandbox/requests/" (number(newest, "id")) } {
                    (context.say("最近一例", "newest example")) " #" (number(newest, "id"))
                }
                " · " (codes)
            }
        }
    }
}
