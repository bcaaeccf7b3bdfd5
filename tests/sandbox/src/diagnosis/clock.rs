//! The timestamp (B1 to B3).

use wechatpay_core::types::UnixSeconds;

use crate::diagnosis::finding::Finding;
use crate::diagnosis::visible::Shown;

/// Limit of the difference, in seconds.
const MAX_DIFFERENCE: u64 = 300;
const HOUR: u64 = 3600;

pub(crate) fn check(timestamp: &str, now: UnixSeconds, shown: &Shown<'_>) -> Vec<Finding> {
    if timestamp.is_empty() {
        return Vec::new();
    }
    let got = || shown.text(timestamp.as_bytes());
    let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let Some(number) = digits.then(|| timestamp.parse::<u64>().ok()).flatten() else {
        return vec![
            Finding::new(
                "B2",
                "时间戳timestamp不是纯数字；应为从1970年1月1日起的秒数。",
                "The timestamp is not made of digits only; it is the number of seconds since 1970.",
            )
            .expected(now.to_string())
            .got(got()),
        ];
    };
    for (unit, zh, en) in [
        (1000, "毫秒", "milliseconds"),
        (1_000_000, "微秒", "microseconds"),
        (1_000_000_000, "纳秒", "nanoseconds"),
    ] {
        let seconds = number.checked_div(unit).unwrap_or_default();
        // Within ten years: no time in seconds is that large.
        if seconds.abs_diff(now) < 10 * 365 * 24 * HOUR && number > now.saturating_mul(100) {
            let mut findings = vec![
                Finding::new(
                    "B1",
                    format!("时间戳timestamp的单位是{zh}；应为秒。"),
                    format!("The timestamp is in {en}; it must be in seconds."),
                )
                .expected(now.to_string())
                .got(got()),
            ];
            findings.extend(difference(seconds, now));
            return findings;
        }
    }
    // Such as 20261128061500.
    if timestamp.len() == 14 && (timestamp.starts_with("19") || timestamp.starts_with("20")) {
        return vec![
            Finding::new(
                "B2",
                "时间戳timestamp是年月日时分秒的写法；应为从1970年1月1日起的秒数。",
                "The timestamp is written as a date and time; it is the number of seconds since 1970.",
            )
            .expected(now.to_string())
            .got(got()),
        ];
    }
    difference(number, now).into_iter().collect()
}

fn difference(timestamp: u64, now: UnixSeconds) -> Option<Finding> {
    let difference = timestamp.abs_diff(now);
    if difference <= MAX_DIFFERENCE {
        return None;
    }
    let (side_zh, side_en) = if timestamp < now { ("慢", "behind") } else { ("快", "ahead of") };
    let near = |hours: u64| difference.abs_diff(hours.saturating_mul(HOUR)) <= MAX_DIFFERENCE;
    let zone = (1..=14).find(|hours| near(*hours));
    let (zh, en) = match zone {
        Some(8) => (
            format!(
                "时间戳timestamp与当前时间正好相差8小时（{side_zh}）：把北京时间当成了UTC，或相反；应取Unix时间戳。"
            ),
            format!(
                "The timestamp is 8 hours {side_en} the clock: local time was taken for UTC, or the reverse; use Unix time."
            ),
        ),
        Some(hours) => (
            format!(
                "时间戳timestamp与当前时间正好相差{hours}小时（{side_zh}），像是时区错误；应取Unix时间戳。"
            ),
            format!(
                "The timestamp is {hours} hours {side_en} the clock, which looks like a time zone; use Unix time."
            ),
        ),
        None => (
            format!(
                "时间戳timestamp与服务器时间相差{difference}秒（{side_zh}），超过5分钟；请校准时钟，并在每次请求时重新取时间。"
            ),
            format!(
                "The timestamp is {difference} seconds {side_en} the clock, more than 5 minutes; set the clock, and take the time anew for each request."
            ),
        ),
    };
    Some(Finding::new("B3", zh, en).expected(now.to_string()).got(timestamp.to_string()))
}
