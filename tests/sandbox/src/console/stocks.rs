//! Stocks.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::form_table::ADVANCE_TO_END;
use crate::console::layout::{nothing, page};
use crate::console::money::yuan;
use crate::console::turning::turning;
use crate::console::view::{ViewContext, list, number, text, time};

/// `GET /_sandbox/stocks`
pub(crate) fn stocks(json: &Value, context: &ViewContext) -> Markup {
    let rows = list(json, "data");
    let live = html! {
        @if rows.is_empty() {
            (nothing(context.say("没有批次。用 CreateCouponStock 创建。", "No stocks. Create one with CreateCouponStock.")))
        }
        ul.rows {
            @for row in rows.iter().rev() {
                li data-id=(text(row, "stock_id")) {
                    div.head {
                        (status(row, context)) " "
                        a href={ "/_sandbox/stocks/" (text(row, "stock_id")) } { (text(row, "stock_name")) }
                    }
                    (budget(row, context))
                    div.meta {
                        code { (text(row, "stock_id")) }
                        " · "
                        (time(row, "available_begin_time"))
                        " – "
                        (time(row, "available_end_time"))
                    }
                }
            }
        }
        (turning(json, context))
    };
    page(context, context.say("批次", "Stocks"), &live, &html! {})
}

/// `GET /_sandbox/stocks/{stock_id}`
pub(crate) fn stock(json: &Value, context: &ViewContext) -> Markup {
    let rule = json.get("stock_use_rule").unwrap_or(&Value::Null);
    let amounts = rule.get("fixed_normal_coupon").unwrap_or(&Value::Null);
    let id = text(json, "stock_id");
    let terms = [
        (context.say("批次号", "stock_id"), id.to_owned()),
        (context.say("创建商户", "Creator"), text(json, "stock_creator_mchid").to_owned()),
        ("out_request_no", text(json, "out_request_no").to_owned()),
        (
            context.say("面额 / 门槛（元）", "Value / threshold (yuan)"),
            format!(
                "{} / {}",
                yuan(number(amounts, "coupon_amount")),
                yuan(number(amounts, "transaction_minimum"))
            ),
        ),
        (context.say("总张数", "Coupons"), number(rule, "max_coupons").to_string()),
        (context.say("每人上限", "Per user"), number(rule, "max_coupons_per_user").to_string()),
        (context.say("单日预算（元）", "Budget of a day (yuan)"), yuan(number(rule, "max_amount_by_day"))),
        (
            context.say("有效期", "Valid"),
            format!("{} – {}", time(json, "available_begin_time"), time(json, "available_end_time")),
        ),
        (context.say("创建时间", "Created"), time(json, "create_time")),
        (context.say("说明", "Description"), text(json, "description").to_owned()),
    ];
    let live = html! {
        p { (status(json, context)) }
        (budget(json, context))
        p {
            a href={ "/_sandbox/coupons?stock_id=" (id) } {
                (context.say("这个批次的代金券", "The coupons of this stock"))
            }
        }
        h2 { (context.say("条款", "Terms")) }
        dl { @for (name, value) in &terms { dt { (name) } dd { (value) } } }
        @if json.get("ended").and_then(Value::as_bool) == Some(false) {
            h2 { (context.say("时间", "Time")) }
            (ADVANCE_TO_END.html(context, &[("set", &after(text(json, "available_end_time")))]))
        }
    };
    page(context, text(json, "stock_name"), &live, &html! {})
}

/// The first second after a time of RFC 3339, or the time itself if it cannot be read.
pub(crate) fn after(end: &str) -> String {
    use wechatpay_core::types::Timestamp;
    let next = Timestamp::from(end).unix_seconds().and_then(|end| u64::try_from(end).ok());
    next.map_or_else(|| end.to_owned(), |end| crate::calendar::rfc3339(end.saturating_add(1)))
}

fn status(stock: &Value, context: &ViewContext) -> Markup {
    let (word, class) = match text(stock, "status") {
        "running" => (context.say("运行中", "running"), "good"),
        "unactivated" => (context.say("未激活", "not activated"), "quiet"),
        "paused" => (context.say("已暂停", "paused"), "warn"),
        "stoped" => (context.say("已停止", "stopped"), "quiet"),
        other => (other, "quiet"),
    };
    let ended = stock.get("ended").and_then(Value::as_bool) == Some(true);
    html! {
        span class={ "badge " (class) } { (word) }
        @if ended { " " span.badge.quiet { (context.say("已到期", "ended")) } }
    }
}

/// What is sent of the budget, in coupons and in money.
fn budget(stock: &Value, context: &ViewContext) -> Markup {
    let rule = stock.get("stock_use_rule").unwrap_or(&Value::Null);
    let (budget, spent) = (number(rule, "max_amount"), number(stock, "spent_amount"));
    html! {
        div.budget {
            meter min="0" max=(budget.max(1)) value=(spent) aria-label=(context.say("已用预算", "Budget used")) {}
            " " span.money { (yuan(spent)) " / " (yuan(budget)) " " (context.say("元", "yuan")) }
            " · "
            (context.say("已发", "sent"))
            " "
            (number(stock, "distributed_coupons"))
            " / "
            (number(rule, "max_coupons"))
            " · " (context.say("已核销", "used")) " " (number(stock, "used_coupons"))
        }
    }
}
