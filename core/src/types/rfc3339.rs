use jiff::SignedDuration;
use jiff::civil::DateTime;

/// The beginning of 1970.
pub(super) const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Parses a time exactly as RFC 3339 §5.6 defines it, with `T` and `Z` in upper case. Digits beyond nanoseconds are cut
/// off, and a leap second is the second before it. Returns the time since the beginning of 1970 in UTC: the type for
/// instants of `jiff` ends before the year 9999 does, which some use as "no end".
pub(super) fn parse(text: &str) -> Option<SignedDuration> {
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
    let local = date_time.duration_since(EPOCH).checked_add(SignedDuration::from_nanos(nanoseconds))?;
    let instant = local.checked_sub(self::offset(offset)?)?;
    (before.is_none() || ends_month(instant)).then_some(instant)
}

/// Whether a month in UTC begins with the next second. Only there, a leap second is inserted.
fn ends_month(instant: SignedDuration) -> bool {
    let next = SignedDuration::from_secs(instant.as_secs()).checked_add(SignedDuration::from_secs(1));
    let next = next.and_then(|next| EPOCH.checked_add(next).ok());
    next.is_some_and(|next| (next.day(), next.hour(), next.minute(), next.second()) == (1, 0, 0, 0))
}

/// Returns the nanoseconds of the digits behind the point.
fn nanoseconds(digits: &str) -> Option<i64> {
    let digits = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    digits
        .map(|digit| i64::from(digit.wrapping_sub(b'0')))
        .try_fold(0, |number: i64, digit| number.checked_mul(10)?.checked_add(digit))
}

/// Parses `Z`, or `+` or `-` and hours and minutes.
fn offset(text: &str) -> Option<SignedDuration> {
    if text == "Z" {
        return Some(SignedDuration::ZERO);
    }
    let (sign, time) = text.split_at_checked(1)?;
    let (hours, minutes) = time.split_once(':').filter(|_| has_form(time, "00:00"))?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60)?;
    let seconds = if sign == "-" { seconds.checked_neg()? } else { seconds };
    Some(SignedDuration::from_secs(seconds))
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
            ("2016-12-31T23:59:60.5Z", 1_483_228_799, 500_000_000),
            // The first and the last time that can be written.
            ("0000-01-01T00:00:00+23:59", -62_167_305_540, 0),
            ("9999-12-31T23:59:59+08:00", 253_402_271_999, 0),
            ("9999-12-31T23:59:59.9-23:59", 253_402_387_139, 900_000_000),
        ] {
            let time = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((time.as_secs(), time.subsec_nanos()), (seconds, nanoseconds), "{text}");
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
