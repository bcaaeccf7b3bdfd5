use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::types::{FieldProblem, InvalidField};

/// The date of a bill (账单日期) in Beijing time, formatted as `yyyy-MM-dd`. Always a valid calendar date.
///
/// ```
/// # use wechatpay_core::cashcoupons::BillDate;
/// let day = BillDate::new(2025, 8, 9)?;
/// assert_eq!(day.to_string(), "2025-08-09");
/// assert_eq!("2025-08-09".parse(), Ok(day));
/// assert!(BillDate::new(2025, 2, 29).is_err());
/// # Ok::<(), wechatpay_core::error::InvalidField>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillDate(Date);

impl BillDate {
    /// Creates a date. `month` and `day` count from 1.
    ///
    /// # Errors
    /// [`InvalidField`] when the date does not exist or the year has more than four digits.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, InvalidField> {
        let date = || {
            let (year, month, day) = (year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
            Date::new(year, month, day).ok()
        };
        date().map(Self).ok_or_else(invalid)
    }
}

fn invalid() -> InvalidField {
    InvalidField::new(
        "bill_date",
        FieldProblem::Rule("is not a calendar date in the format yyyy-MM-dd".into()),
    )
}

impl FromStr for BillDate {
    type Err = InvalidField;

    fn from_str(text: &str) -> Result<Self, InvalidField> {
        // The parser also accepts other date formats and years with more than four digits.
        let date = text.parse().ok().map(Self);
        date.filter(|date| text.len() == 10 && date.to_string() == text).ok_or_else(invalid)
    }
}

impl fmt::Display for BillDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl Serialize for BillDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BillDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "arbitrary")]
crate::types::generators::impl_arbitrary! {
    BillDate = |u| {
        let (year, month, day) = (u.int_in_range(1..=9999)?, u.int_in_range(1..=12)?, u.int_in_range(1..=28)?);
        Self::new(year, month, day).map_err(|_| arbitrary::Error::IncorrectFormat)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calendar_dates_are_accepted() {
        for text in ["2025-08-09", "2024-02-29", "2000-02-29", "9999-12-31"] {
            assert_eq!(text.parse::<BillDate>().unwrap().to_string(), text);
        }
        for (year, month, day) in
            [(2025, 2, 29), (1900, 2, 29), (2025, 0, 1), (2025, 4, 31), (2025, 200, 1), (10_000, 1, 1)]
        {
            let error = BillDate::new(year, month, day).unwrap_err();
            assert_eq!(
                error.to_string(),
                "bill_date is not a calendar date in the format yyyy-MM-dd",
                "{year} {month} {day}"
            );
        }
        assert!(BillDate::new(2025, 8, 9).unwrap() < BillDate::new(2025, 8, 10).unwrap());
    }

    #[test]
    fn other_date_formats_are_rejected() {
        for text in [
            "",
            "20250809",
            "2025-8-9",
            "2025-08-09T00:00:00",
            " 2025-08-09",
            "2025/08/09",
            "-000001-01-01",
            "2025-13-01",
        ] {
            assert!(text.parse::<BillDate>().is_err(), "{text}");
        }
    }
}
