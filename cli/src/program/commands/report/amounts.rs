//! Numbers for people.

use wechatpay_hyper::core::types::Fen;

/// A number with its digits in groups.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (left, digit) in (0..digits.len()).rev().zip(digits.chars()) {
        grouped.push(digit);
        if left > 0 && left.is_multiple_of(3) {
            grouped.push(',');
        }
    }
    grouped
}

/// An amount in yuan.
pub(super) fn yuan(fen: Fen) -> String {
    let text = fen.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |text| ("-", text));
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), count);
    format!("{sign}¥{whole}.{cents}")
}

/// An amount of whole yuan without its decimals, for an axis.
pub(super) fn short_yuan(fen: u64) -> String {
    let text = yuan(Fen::new(i64::try_from(fen).unwrap_or(i64::MAX)));
    text.strip_suffix(".00").map_or_else(|| text.clone(), str::to_owned)
}

/// A part of a whole in percent. `None` of nothing.
pub(super) fn percent(part: u64, whole: u64) -> Option<String> {
    let tenths = u128::from(part).checked_mul(1000)?.checked_div(u128::from(whole))?;
    // What is not nothing, and what is not all, must not look so.
    Some(match (tenths, part) {
        (0, 1..) => "< 0.1 %".to_owned(),
        _ => format!("{}.{} %", tenths.checked_div(10)?, tenths.checked_rem(10)?),
    })
}

/// What so many coupons are worth.
pub(super) fn worth(coupons: u64, face: Fen) -> Fen {
    let coupons = i64::try_from(coupons).unwrap_or(i64::MAX);
    Fen::new(face.get().saturating_mul(coupons))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(yuan(Fen::new(123_456_789)), "¥1,234,567.89");
        assert_eq!(yuan(Fen::new(-5)), "-¥0.05");
        assert_eq!(short_yuan(250_000), "¥2,500");
        assert_eq!(percent(999_999, 1_000_000).as_deref(), Some("99.9 %"));
        assert_eq!(percent(1, 1_000_000).as_deref(), Some("< 0.1 %"));
        assert_eq!((percent(1, 1).as_deref(), percent(0, 0)), (Some("100.0 %"), None));
    }
}
