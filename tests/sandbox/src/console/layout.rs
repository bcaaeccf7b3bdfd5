//! What all pages have.

use maud::{DOCTYPE, Markup, html};

use crate::console::text::Text;
use crate::console::view::ViewContext;

/// The page of limits, and the one that leads to it.
const LIMITS: (&str, &str) = ("/_sandbox/limits", "/_sandbox/faults");

/// The pages in the navigation.
const PAGES: [(&str, Text); 9] = [
    ("/", Text("概览", "Start")),
    ("/_sandbox/requests", Text("请求", "Requests")),
    ("/_sandbox/stocks", Text("批次", "Stocks")),
    ("/_sandbox/coupons", Text("代金券", "Coupons")),
    ("/_sandbox/notifications", Text("回调", "Notifications")),
    ("/_sandbox/faults", Text("故障", "Faults")),
    ("/_sandbox/clock", Text("时钟与密钥", "Clock and keys")),
    ("/_sandbox/connect", Text("接入", "Connect")),
    ("/_sandbox/state", Text("状态", "State")),
];

/// A page. `live` is replaced when something happens; `rest` follows it and is not.
pub(crate) fn page(context: &ViewContext, title: &str, live: &Markup, rest: &Markup) -> Markup {
    let content = html! { div id="live" data-live { (live) } (rest) };
    whole(context, title, &content)
}

/// A page with a form above the live part, which selects what is shown there.
pub(crate) fn filtered_page(context: &ViewContext, title: &str, filter: &Markup, live: &Markup) -> Markup {
    let content = html! { (filter) div id="live" data-live { (live) } };
    whole(context, title, &content)
}

/// A page that does not change while it is open.
pub(crate) fn still_page(context: &ViewContext, title: &str, content: &Markup) -> Markup {
    whole(context, title, &html! { div id="live" { (content) } })
}

fn whole(context: &ViewContext, title: &str, content: &Markup) -> Markup {
    let within = if context.within == LIMITS.0 { LIMITS.1 } else { &context.within };
    let is_current = |path: &str| {
        within == path || path != "/" && within.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
    };
    html! {
        (DOCTYPE)
        html lang=(context.say("zh-CN", "en")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · " (context.say("微信支付沙箱", "WeChat Pay sandbox")) }
                link rel="stylesheet" href="/_sandbox/console.css";
                link rel="icon" type="image/svg+xml" href="/_sandbox/icon.svg";
                script src="/_sandbox/console.js" defer {}
            }
            body {
                a.skip href="#main" { (context.say("跳到内容", "Skip to the content")) }
                header {
                    nav aria-label=(context.say("页面", "Pages")) {
                        @for (path, name) in PAGES {
                            a href=(path) aria-current=[is_current(path).then_some("page")] {
                                (name.get(context.english))
                            }
                        }
                    }
                }
                main id="main" {
                    h1 { (title) }
                    (content)
                }
                footer {
                    p {
                        "wechatpay-sandbox " (env!("CARGO_PKG_VERSION")) " · "
                        (context.say("本机模拟器，不是微信支付，不涉及资金", "a local simulator: not WeChat Pay, and no money"))
                        " · "
                        a href="/_sandbox/openapi.json" { (context.say("控制接口", "control interface")) }
                        span id="connection" hidden
                            data-lost=(context.say("连接已断开，正在重连", "disconnected, connecting again")) {}
                    }
                }
            }
        }
    }
}

/// Whether the page shows only what a filter selects.
pub(crate) fn is_filtered(context: &ViewContext) -> bool {
    let is_filter = |(name, value): (&str, &str)| !["offset", "limit"].contains(&name) && !value.is_empty();
    context.query.pairs().any(is_filter)
}

/// A link to the whole list, if there is a filter.
pub(crate) fn unfiltered(context: &ViewContext) -> Markup {
    html! {
        @if is_filtered(context) {
            a.clear href=(context.path) { (context.say("清除筛选", "Clear the filter")) }
        }
    }
}

/// What stands where a list is empty.
pub(crate) fn nothing(text: &str) -> Markup {
    html! { p.nothing { (text) } }
}

/// A button that copies. `pointer` is the JSON pointer of a text in the JSON of this page. The script shows the button.
pub(crate) fn copy(context: &ViewContext, pointer: &str, label: &str) -> Markup {
    html! {
        button.copy type="button" hidden data-copy=(pointer)
            data-done=(context.say("已复制", "Copied")) { (label) }
    }
}
