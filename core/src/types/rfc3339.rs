use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Parses a time exactly as RFC 3339 §5.6 defines it, with `T` and `Z` in upper case. Digits beyond nanoseconds are cut
/// off, and a leap second is the second before it.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let (date_time, rest) = text.split_at_checked("2015-05-20T13:29:35".len())?;
    let (fraction, offset) = rest.split_at_checked(rest.find(['Z', '+', '-'])?)?;
    if !has_form(date_time, "0000-00-00T00:00:00") {
        return None;
    }
    let nanoseconds = match fraction.strip_prefix('.') {
        Some(digits) if is_number(digits) => nanoseconds(digits)?,
        Some(_) => return None,
        None if fraction.is_empty() => 0,
        None => return None,
    };
    let leap = date_time.strip_suffix("60");
    let before = leap.map(|minute| format!("{minute}59"));
    let date_time: DateTime = before.as_deref().unwrap_or(date_time).parse().ok()?;
    let date_time = date_time.with().subsec_nanosecond(nanoseconds).build().ok()?;
    let instant = self::offset(offset)?.to_timestamp(date_time).ok()?;
    // A leap second is inserted at the end of a month in UTC.
    let utc = Offset::UTC.to_datetime(instant);
    let end_of_month = utc.date().last_of_month() == utc.date() && (utc.hour(), utc.minute()) == (23, 59);
    (before.is_none() || end_of_month).then_some(instant)
}

/// Returns the nanoseconds of the digits behind the point.
fn nanoseconds(digits: &str) -> Option<i32> {
    let digits = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    digits
        .map(|digit| i32::from(digit.wrapping_sub(b'0')))
        .try_fold(0, |number: i32, digit| number.checked_mul(10)?.checked_add(digit))
}

/// Parses `Z`, or `+` or `-` and hours and minutes.
fn offset(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let (sign, time) = text.split_at_checked(1)?;
    let (hours, minutes) = time.split_once(':').filter(|_| has_form(time, "00:00"))?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60)?;
    let seconds = if sign == "-" { seconds.checked_neg()? } else { seconds };
    Offset::from_seconds(seconds).ok()
}

/// Whether `text` has digits where `form` has zeros, and the characters of `form` elsewhere.
fn has_form(text: &str, form: &str) -> bool {
    let fits = |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_3339_are_parsed() {
        // RFC 3339 §5.8; expected values from `date -u -d … +%s.%N`.
        for (text, seconds, nanoseconds) in [
            ("1985-04-12T23:20:50.52Z", 482_196_050, 520_000_000),
            ("1996-12-19T16:39:57-08:00", 851_042_397, 0),
            ("1990-12-31T23:59:60Z", 662_687_999, 0),
            ("1990-12-31T15:59:60-08:00", 662_687_999, 0),
            ("1937-01-01T12:00:27.87+00:20", -1_041_337_172, -130_000_000),
            ("2015-05-20T13:29:35.1234567891+08:00", 1_432_099_775, 123_456_789),
            ("2015-05-20T13:29:35-00:00", 1_432_128_575, 0),
            ("2015-05-20T13:29:35+23:59", 1_432_042_235, 0),
            ("2016-02-29T00:00:00Z", 1_456_704_000, 0),
        ] {
            let time = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((time.as_second(), time.subsec_nanosecond()), (seconds, nanoseconds), "{text}");
        }
    }

    #[test]
    fn anything_else_is_rejected() {
        for text in [
            "",
            "2015-05-20",
            "2015-05-20T13:29:35",
            "2015-05-20T13:29+08:00",
            "2015-05-20T13:29:35+0800",
            "2015-05-20T13:29:35+08",
            "2015-05-20T13:29:35+8:00",
            "2015-05-20T13:29:35 +08:00",
            "2015-05-20T13:29:35+08:00:00",
            "2015-05-20T13:29:35+24:00",
            "2015-05-20T13:29:35+08:60",
            "2015-05-20T13:29:35\u{2212}08:00",
            "2015-05-20T13:29:35ZZ",
            "2015-05-20T13:29:35Z+08:00",
            "2015-05-20T13:29:35+08:00[Asia/Shanghai]",
            "2015-05-20T13:29:35.+08:00",
            "2015-05-20T13:29:35,1+08:00",
            "2015-05-20T13:29:35.1.2Z",
            "2015-05-20 13:29:35+08:00",
            "2015-05-20t13:29:35z",
            "2015-05-20T13:29:35z",
            "20150520T132935Z",
            "2015-140T13:29:35Z",
            "2015-W21-3T13:29:35Z",
            "+002015-05-20T13:29:35Z",
            "-2015-05-20T13:29:35Z",
            "2015-13-20T13:29:35Z",
            "2015-02-29T13:29:35Z",
            "2015-05-20T24:00:00Z",
            "2015-05-20T13:60:00Z",
            "2015-05-20T13:29:61Z",
            "2015-05-20T13:29:60Z",
            "1990-12-31T23:59:60+08:00",
            "٢٠١٥-05-20T13:29:35Z",
            " 2015-05-20T13:29:35Z",
            "2015-05-20T13:29:35Z\n",
            "昨天昨天昨天昨天昨天",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
