//! Coupons.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::form_table::{REDEEM, REFUND};
use crate::console::layout::{filtered_page, is_filtered, nothing, page, unfiltered};
use crate::console::money::yuan;
use crate::console::turning::turning;
use crate::console::view::{ViewContext, list, number, text, time};

const STATES: [&str; 3] = ["SENDED", "USED", "EXPIRED"];

/// `GET /_sandbox/coupons`
pub(crate) fn coupons(json: &Value, context: &ViewContext) -> Markup {
    let rows = list(json, "data");
    let none = match is_filtered(context) {
        true => context.say("没有符合筛选的代金券。", "No coupon matches the filter."),
        false => context.say("没有代金券。用 SendCoupon 发放。", "No coupons. Send one with SendCoupon."),
    };
    let live = html! {
        @if rows.is_empty() { (nothing(none)) }
        ul.rows {
            @for row in rows.iter().rev() {
                li data-id=(text(row, "coupon_id")) {
                    div.head {
                        (status(row, context)) " "
                        a href={ "/_sandbox/coupons/" (text(row, "coupon_id")) } { (text(row, "coupon_id")) }
                        " " span { (text(row, "coupon_name")) }
                    }
                    div.meta {
                        code { (text(row, "openid")) }
                        " · "
                        code { (text(row, "out_request_no")) }
                        " · "
                        (time(row, "create_time"))
                    }
                }
            }
        }
        (turning(json, context))
    };
    filtered_page(context, context.say("代金券", "Coupons"), &filter(context), &live)
}

fn filter(context: &ViewContext) -> Markup {
    let given = |name: &str| context.query.get(name).unwrap_or_default();
    html! {
        form id="form-filter-coupons" method="get" action="/_sandbox/coupons" role="search" {
            @for name in ["stock_id", "openid", "out_request_no"] {
                span.field {
                    label for={ "filter-" (name) } { (name) }
                    input id={ "filter-" (name) } name=(name) size="14" value=(given(name));
                }
            }
            span.field {
                label for="filter-status" { (context.say("状态", "Status")) }
                select id="filter-status" name="status" {
                    option value="" { (context.say("全部", "all")) }
                    @for state in STATES {
                        option value=(state) selected[given("status") == state] { (word(state, context).0) }
                    }
                }
            }
            button type="submit" { (context.say("筛选", "Filter")) }
            (unfiltered(context))
        }
    }
}

/// `GET /_sandbox/coupons/{coupon_id}`
pub(crate) fn coupon(json: &Value, context: &ViewContext) -> Markup {
    let id = text(json, "coupon_id");
    let amounts = json.get("normal_coupon_information").unwrap_or(&Value::Null);
    let used = json.get("consume_information");
    let refund = json.get("refund");
    let live = html! {
        p { (status(json, context)) " " (text(json, "coupon_name")) }
        dl {
            dt { (context.say("用户", "User")) } dd { code { (text(json, "openid")) } }
            dt { "out_request_no" } dd { code { (text(json, "out_request_no")) } }
            dt { (context.say("批次", "Stock")) }
            dd { a href={ "/_sandbox/stocks/" (text(json, "stock_id")) } { (text(json, "stock_id")) } }
            dt { (context.say("面额 / 门槛（元）", "Value / threshold (yuan)")) }
            dd {
                (yuan(number(amounts, "coupon_amount"))) " / " (yuan(number(amounts, "transaction_minimum")))
            }
        }
        h2 { (context.say("经过", "Timeline")) }
        ol.timeline {
            li { (time(json, "create_time")) " " (context.say("发放", "sent")) }
            @if let Some(used) = used {
                li {
                    (time(used, "consume_time")) " " (context.say("核销", "redeemed")) " · "
                    (context.say("订单", "order"))
                    " "
                    (yuan(number(json, "order_amount")))
                    " "
                    (context.say("元", "yuan"))
                    " · " (context.say("商户", "merchant")) " " code { (text(used, "consume_mchid")) }
                    " · " code { (text(used, "transaction_id")) }
                }
            }
            @if let Some(refund) = refund {
                li {
                    (time(refund, "refund_time"))
                    " "
                    (context.say("退款", "refunded"))
                    " · "
                    code { (text(refund, "refund_id")) }
                }
            }
            @if text(json, "status") == "EXPIRED" {
                li { (time(json, "available_end_time")) " " (context.say("过期", "expired")) }
            } @else if used.is_none() {
                li.quiet { (time(json, "available_end_time")) " " (context.say("将过期", "will expire")) }
            }
        }
        @match (text(json, "status"), refund) {
            ("SENDED", _) => {
                h2 { (context.say("在支付中使用", "Use it in a payment")) }
                (REDEEM.html(context, &[("coupon_id", id)]))
            }
            ("USED", None) => {
                h2 { (context.say("退款", "Refund")) } (REFUND.html(context, &[("coupon_id", id)]))
            }
            _ => {}
        }
    };
    page(context, &format!("{} {id}", context.say("代金券", "Coupon")), &live, &html! {})
}

fn word(state: &str, context: &ViewContext) -> (&'static str, &'static str) {
    match state {
        "USED" => (context.say("已核销", "used"), "good"),
        "EXPIRED" => (context.say("已过期", "expired"), "quiet"),
        _ => (context.say("可用", "sent"), "warn"),
    }
}

fn status(coupon: &Value, context: &ViewContext) -> Markup {
    // The platform has no status for it: such a coupon stays USED.
    let (word, class) = match coupon.get("refund") {
        Some(_) => (context.say("已退款", "refunded"), "quiet"),
        None => word(text(coupon, "status"), context),
    };
    html! { span class={ "badge " (class) } { (word) } }
}
