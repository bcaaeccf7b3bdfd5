use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::lenient;

/// An amount of money in fen (分), a hundredth of a yuan; the unit of every amount in the protocol.
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
    /// An amount in fen.
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// A whole number of yuan, unless it is too large to be counted in fen.
    pub const fn from_yuan(yuan: i64) -> Option<Self> {
        match yuan.checked_mul(100) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, unless it overflows.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// This amount so many times, unless that overflows.
    pub const fn checked_mul(self, count: i64) -> Option<Self> {
        match self.0.checked_mul(count) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }
}

/// Shows yuan with two decimals: `12.34`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", fen / 100, fen % 100))
    }
}

impl<'de> Deserialize<'de> for Fen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::int(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_yuan() {
        for (fen, shown) in [(0, "0.00"), (5, "0.05"), (-105, "-1.05"), (i64::MIN, "-92233720368547758.08")] {
            assert_eq!(Fen::new(fen).to_string(), shown);
        }
        assert_eq!(Fen::from_yuan(i64::MAX), None);
    }

    #[test]
    fn reads_numbers_and_numeric_strings() {
        assert_eq!(serde_json::from_str::<Fen>("100").ok(), Some(Fen::new(100)));
        assert_eq!(serde_json::from_str::<Fen>("\"100\"").ok(), Some(Fen::new(100)));
        for wrong in ["1.5", "\"1.5\"", "\"\"", "null", "99999999999999999999", "\"ten\""] {
            assert!(serde_json::from_str::<Fen>(wrong).is_err(), "{wrong}");
        }
        assert_eq!(serde_json::to_string(&Fen::new(100)).ok().as_deref(), Some("100"));
    }
}
