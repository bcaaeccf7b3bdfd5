//! What is stored, and how it is forgotten.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::form_table::{LOAD, RESET, SAVE};
use crate::console::layout::page;
use crate::console::view::{ViewContext, number, text};

/// `GET /_sandbox/state`
pub(crate) fn state(json: &Value, context: &ViewContext) -> Markup {
    let counts = [
        ("stocks", context.say("批次", "Stocks")),
        ("coupons", context.say("代金券", "Coupons")),
        ("platform_favors", context.say("减金批次", "Platform favors")),
        ("images", context.say("图片", "Images")),
        ("notifications", context.say("回调", "Notifications")),
        ("faults", context.say("故障", "Faults")),
        ("journal", context.say("记录的请求", "Requests in the log")),
    ];
    let requests = json.get("requests").and_then(Value::as_object);
    let live = html! {
        dl {
            @for (name, label) in counts { dt { (label) } dd { (number(json, name)) } }
            dt { (context.say("回调地址", "Callback URL")) }
            dd {
                @if text(json, "notify_url").is_empty() { (context.say("未设置", "not set")) }
                @else { code { (text(json, "notify_url")) } }
            }
        }
        @if requests.is_some_and(|requests| !requests.is_empty()) {
            h2 { (context.say("每个操作的请求数", "Requests per operation")) }
            dl { @for (name, count) in requests.into_iter().flatten() { dt { code { (name) } } dd { (count) } } }
        }
    };
    let rest = html! {
        h2 { (context.say("保存", "Keeping")) }
        @match json.get("state_file").filter(|file| file.is_object()) {
            Some(file) => {
                p {
                    (context.say("状态保存在文件", "The state is kept in the file")) " " code { (text(file, "file")) }
                    (context.say("，重启后仍在。", ", and is there again after a restart."))
                }
                @if !text(file, "problem").is_empty() {
                    p class="error" {
                        (context.say("文件已无法写入：", "The file cannot be written any more: "))
                        span lang="en" { (text(file, "problem")) }
                    }
                }
                (SAVE.html(context, &[]))
            }
            None => {
                p {
                    (context.say("程序结束后会忘记一切；用", "Everything is forgotten at the end; start it with"))
                    " " code { "--state FILE" } " " (context.say("启动可保留。", "to keep it."))
                }
            }
        }
        h2 { (context.say("导出与载入", "Export and load")) }
        p {
            a href="/_sandbox/state/export" download="wechatpay-sandbox.json" {
                (context.say("下载全部状态（JSON）", "Download the whole state (JSON)"))
            }
        }
        p {
            (context.say(
                "载入会替换批次、代金券等全部内容，密钥保留；大于4 MiB的用",
                "Loading replaces everything but the keys; for more than 4 MiB use"
            ))
            " " code { "--seed" } (context.say("。", "."))
        }
        (LOAD.html(context, &[]))
        h2 { (context.say("重新开始", "Begin anew")) }
        p {
            (context.say(
                "忘记批次、代金券、回调、故障、限制和记录，时钟复位；密钥保留。",
                "Forgets stocks, coupons, callbacks, faults, limits and the log, and sets the clock back. The keys stay."
            ))
        }
        (RESET.html(context, &[]))
    };
    page(context, context.say("状态", "State"), &live, &rest)
}
