use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::{FieldProblem, InvalidField, lenient};

/// An amount of money in fen (分), one hundredth of a yuan. Every amount in the protocol is in fen.
///
/// ```
/// # use wechatpay_core::types::Fen;
/// let amount = Fen::from_yuan(5).unwrap();
/// assert_eq!(amount, Fen::new(500));
/// assert_eq!(amount.to_string(), "5.00");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Fen(i64);

impl Fen {
    /// Creates an amount from a number of fen.
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// Creates an amount from a whole number of yuan. Returns `None` when the amount in fen overflows an `i64`.
    pub const fn from_yuan(yuan: i64) -> Option<Self> {
        match yuan.checked_mul(100) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// Parses an amount in yuan as the platform's files write it: digits, optionally followed by a point and one or two
    /// more digits, with an optional leading `-`. The result is exact. Returns `None` for any other text.
    ///
    /// ```
    /// # use wechatpay_core::types::Fen;
    /// assert_eq!(Fen::parse_yuan("12.30"), Some(Fen::new(1_230)));
    /// assert_eq!(Fen::parse_yuan("12.305"), None);
    /// ```
    pub fn parse_yuan(text: &str) -> Option<Self> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (yuan, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let number = |digits: &str| -> Option<i64> {
            let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            all_digits.then(|| digits.parse().ok()).flatten()
        };
        let fen = match fraction.len() {
            1 => number(fraction)?.checked_mul(10)?,
            2 => number(fraction)?,
            _ => return None,
        };
        number(yuan)?.checked_mul(100)?.checked_add(fen)?.checked_mul(sign).map(Self)
    }

    /// Returns the number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Adds two amounts. Returns `None` on overflow.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// Subtracts an amount. Returns `None` on overflow.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// Returns the amount with the opposite sign. Returns `None` on overflow.
    pub const fn checked_neg(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// Multiplies the amount by `count`. Returns `None` on overflow.
    pub const fn checked_mul(self, count: i64) -> Option<Self> {
        match self.0.checked_mul(count) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }
}

/// Formats the amount in yuan with two decimals, such as `12.34`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", fen / 100, fen % 100))
    }
}

/// Parses the form that `Display` writes: an amount in yuan with exactly two decimals. An amount without decimals is an
/// error, because it could be in fen. See also [`parse_yuan`](Fen::parse_yuan).
impl FromStr for Fen {
    type Err = InvalidField;

    fn from_str(text: &str) -> Result<Self, InvalidField> {
        let two_decimals = text.rsplit_once('.').is_some_and(|(_, decimals)| decimals.len() == 2);
        Self::parse_yuan(text).filter(|_| two_decimals).ok_or_else(|| {
            let rule = FieldProblem::Rule("is not an amount in yuan with two decimals, such as 12.34".into());
            InvalidField::new("amount", rule)
        })
    }
}

/// Adds amounts. A total that is too large becomes the largest possible one, `i64::MAX` fen or 92 quadrillion yuan. Sum
/// into an `Option<Fen>` to notice it:
///
/// ```
/// # use wechatpay_core::types::Fen;
/// let amounts = [Fen::new(500), Fen::new(250)];
/// assert_eq!(amounts.iter().sum::<Fen>(), Fen::new(750));
/// assert_eq!([Fen::new(i64::MAX), Fen::new(1)].into_iter().sum::<Option<Fen>>(), None);
/// ```
impl Sum for Fen {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), |total, amount| Self(total.0.saturating_add(amount.0)))
    }
}

impl<'a> Sum<&'a Self> for Fen {
    fn sum<I: Iterator<Item = &'a Self>>(amounts: I) -> Self {
        amounts.copied().sum()
    }
}

/// Adds amounts. The sum is `None` if it overflows.
impl Sum<Fen> for Option<Fen> {
    fn sum<I: Iterator<Item = Fen>>(mut amounts: I) -> Self {
        amounts.try_fold(Fen::default(), Fen::checked_add)
    }
}

impl<'a> Sum<&'a Fen> for Option<Fen> {
    fn sum<I: Iterator<Item = &'a Fen>>(amounts: I) -> Self {
        amounts.copied().sum()
    }
}

impl<'de> Deserialize<'de> for Fen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::int(deserializer).map(Self)
    }
}

impl lenient::Readable for Fen {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_displayed_in_yuan() {
        for (fen, shown) in [(0, "0.00"), (5, "0.05"), (-105, "-1.05"), (i64::MIN, "-92233720368547758.08")] {
            assert_eq!(Fen::new(fen).to_string(), shown);
        }
        assert_eq!(Fen::from_yuan(i64::MAX), None);
    }

    #[test]
    fn yuan_are_parsed_exactly() {
        for (text, fen) in [
            ("0.00", 0),
            ("1.00", 100),
            ("0.29", 29),
            ("1", 100),
            ("1.5", 150),
            ("-0.01", -1),
            ("92233720368547758.07", i64::MAX),
        ] {
            assert_eq!(Fen::parse_yuan(text), Some(Fen::new(fen)), "{text}");
        }
        for wrong in
            ["", ".", "1.", ".5", "1.005", "+1", "--1", "1e2", " 1", "1,000.00", "١", "92233720368547758.08"]
        {
            assert_eq!(Fen::parse_yuan(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_two_decimals_are_certainly_yuan() {
        for fen in [0, 5, -105, 1_234_567_890, i64::MAX, i64::MIN + 1] {
            assert_eq!(Fen::new(fen).to_string().parse(), Ok(Fen::new(fen)));
        }
        for wrong in ["", "100", "1.5", "1.005", "1.00 ", "¥1.00", "1e2.00", "-.50", ".50"] {
            let error = wrong.parse::<Fen>().unwrap_err().to_string();
            let expected = "amount is not an amount in yuan with two decimals, such as 12.34";
            assert_eq!(error, expected, "{wrong}");
        }
    }

    #[test]
    fn arithmetic_does_not_overflow() {
        let (max, min, one) = (Fen::new(i64::MAX), Fen::new(i64::MIN), Fen::new(1));
        assert_eq!(Fen::new(7).checked_sub(one), Some(Fen::new(6)));
        assert_eq!((max.checked_add(one), min.checked_sub(one), max.checked_mul(2)), (None, None, None));
        assert_eq!((max.checked_neg(), min.checked_neg()), (Some(Fen::new(-i64::MAX)), None));
        let amounts = [max, one, min];
        // The sum is `None` as soon as a partial sum overflows.
        assert_eq!(amounts.iter().sum::<Option<Fen>>(), None);
        assert_eq!(amounts.into_iter().sum::<Option<Fen>>(), None);
        assert_eq!(amounts[..2].iter().sum::<Fen>(), max);
        assert_eq!([one, one].into_iter().sum::<Option<Fen>>(), Some(Fen::new(2)));
        assert_eq!([].iter().sum::<Fen>(), Fen::new(0));
    }

    #[test]
    fn numbers_and_numeric_strings_are_deserialised() {
        assert_eq!(serde_json::from_str::<Fen>("100").ok(), Some(Fen::new(100)));
        assert_eq!(serde_json::from_str::<Fen>("\"100\"").ok(), Some(Fen::new(100)));
        for wrong in ["1.5", "\"1.5\"", "\"\"", "null", "99999999999999999999", "\"ten\""] {
            assert!(serde_json::from_str::<Fen>(wrong).is_err(), "{wrong}");
        }
        assert_eq!(serde_json::to_string(&Fen::new(100)).ok().as_deref(), Some("100"));
    }
}
