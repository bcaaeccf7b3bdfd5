//! The clock, the keys, and the merchant's certificate.

use maud::{Markup, html};
use serde_json::Value;
use wechatpay_core::types::Timestamp;

use crate::calendar::{BEIJING, DAY, beijing_day, rfc3339};
use crate::console::form_table::{
    ADD_CERTIFICATE, ADVANCE, ADVANCE_DAY, ADVANCE_HOUR, ADVANCE_TO_END, ADVANCE_TO_TEN,
    MERCHANT_CERTIFICATE, MERCHANT_KEY, MIXED, PUBLIC_KEY_ONLY, ROTATE_CERTIFICATE, SWITCH_CERTIFICATE,
};
use crate::console::layout::page;
use crate::console::stocks::after;
use crate::console::view::{ViewContext, list, number, text, time};

/// `GET /_sandbox/clock`
pub(crate) fn clock(json: &Value, context: &ViewContext) -> Markup {
    let keys = json.get("platform_keys").unwrap_or(&Value::Null);
    let merchant = json.get("merchant").unwrap_or(&Value::Null);
    let is = |json: &Value, name: &str| match json.get(name).and_then(Value::as_bool) {
        Some(true) => "true",
        _ => "false",
    };
    let live = html! {
        dl {
            dt { (context.say("平台时间（北京）", "Platform's time (Beijing)")) }
            dd { strong { (time(json, "platform_time")) } }
            dt { (context.say("实际时间（签名用）", "Real time (for signatures)")) } dd { (time(json, "real_time")) }
            dt { (context.say("已推进", "Advanced by")) }
            dd { (number(json, "advanced_seconds")) " " (context.say("秒", "seconds")) }
        }
        div.actions {
            (ADVANCE_HOUR.html(context, &[("advance_seconds", "3600")]))
            (ADVANCE_DAY.html(context, &[("advance_seconds", "86400")]))
            @if let Some(ten) = next_ten(text(json, "platform_time")) {
                (ADVANCE_TO_TEN.html(context, &[("set", &ten)]))
            }
            (ADVANCE.html(context, &[]))
        }
        @let ends = list(json, "stock_ends");
        @if !ends.is_empty() {
            h2 { (context.say("推进到批次结束", "To the end of a stock")) }
            ul.rows {
                @for end in ends {
                    li data-id=(text(end, "stock_id")) {
                        p {
                            a href={ "/_sandbox/stocks/" (text(end, "stock_id")) } {
                                (text(end, "stock_name"))
                            }
                            " · "
                            (time(end, "end"))
                        }
                        (ADVANCE_TO_END.html_for(context, text(end, "stock_id"), &[("set", &after(text(end, "end")))]))
                    }
                }
            }
        }
        h2 { (context.say("平台的密钥", "The platform's keys")) }
        p { (context.say("公钥ID", "Public key ID")) " " code { (text(keys, "public_key_id")) } }
        ul.rows {
            @for certificate in list(keys, "certificates").iter().rev() {
                li data-id=(text(certificate, "serial_no")) {
                    code { (text(certificate, "serial_no")) } " "
                    @if is(certificate, "signs") == "true" {
                        span.badge.good { (context.say("签名中", "signs")) } " "
                    }
                    @if is(certificate, "listed") == "true" {
                        span.badge.quiet { (context.say("可下载", "listed")) }
                    }
                    @else { span.badge.quiet { (context.say("未列出", "not listed")) } }
                }
            }
        }
        div.actions {
            (ADD_CERTIFICATE.html(context, &[]))
            (SWITCH_CERTIFICATE.html(context, &[]))
            (ROTATE_CERTIFICATE.html(context, &[]))
        }
        div.actions {
            (PUBLIC_KEY_ONLY.html(context, &[("public_key_only", is(keys, "public_key_only"))]))
            (MIXED.html(context, &[("mixed", is(keys, "mixed"))]))
        }
        h2 { (context.say("商户", "The merchant")) }
        p {
            (context.say(
                "平台对商户证书的看法，决定它的401如何回答。",
                "What the platform says of the merchant's certificate, in its 401."
            ))
        }
        div.actions {
            (MERCHANT_CERTIFICATE.html(context, &[("state", text(merchant, "state"))]))
            (MERCHANT_KEY.html(context, &[("api_v3_key", is(merchant, "api_v3_key"))]))
        }
        p { a href="/_sandbox/notifications" { (context.say("回调由谁签名", "Which key signs callbacks")) } }
    };
    page(context, context.say("时钟与密钥", "Clock and keys"), &live, &html! {})
}

/// The next 10:00 in Beijing.
fn next_ten(now: &str) -> Option<String> {
    let now = u64::try_from(Timestamp::from(now).unix_seconds()?).ok()?;
    let ten = |day: u64| day.saturating_mul(DAY).saturating_sub(BEIJING).saturating_add(10 * 60 * 60);
    let today = beijing_day(now);
    let next = if ten(today) > now { ten(today) } else { ten(today.saturating_add(1)) };
    Some(rfc3339(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_is_today_before_it_and_tomorrow_after_it() {
        for (now, next) in [
            ("2026-11-23T00:00:00+08:00", "2026-11-23T10:00:00+08:00"),
            ("2026-11-23T09:59:59+08:00", "2026-11-23T10:00:00+08:00"),
            ("2026-11-23T10:00:00+08:00", "2026-11-24T10:00:00+08:00"),
            ("2026-12-31T23:59:59+08:00", "2027-01-01T10:00:00+08:00"),
        ] {
            assert_eq!(next_ten(now).as_deref(), Some(next), "{now}");
        }
        assert_eq!(next_ten("soon"), None);
    }
}
