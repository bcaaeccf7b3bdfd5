use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What kind of difference it is.
///
/// "Booked" means: in a flow file of redemptions that was imported. What was never imported is not a difference. A day is
/// *covered* for redemptions (or refunds) if the file of the whole stock was imported, or that of the day; a file of a day
/// that WeChat Pay gave before 10:00 in Beijing on the day after may lack rows, and does not count. That WeChat Pay says
/// there was nothing on a day counts like an empty file.
///
/// Amounts are compared in fen. A use is a coupon in a transaction, and counts once, in however many files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub enum Class {
    /// WeChat Pay has given another number of coupons than all campaigns of the stock have sent. No difference if the
    /// number lies between what was sent before the stock was asked for, and that with all that might be out after it.
    R1,
    /// A coupon may be out: it is doubtful, or was begun more than 24 hours ago and is not settled.
    R2,
    /// Two coupons were given for one number. The campaign stops.
    R3,
    /// One coupon belongs to two rows, of this or of another campaign.
    R4,
    /// A callback says that a coupon of the campaign, or of none, was used, the day is covered, and the use is not booked.
    U1,
    /// Uses of the campaign are booked without a callback. Only if any callback for the stock is in the ledger. Information.
    U2,
    /// A use of the stock is booked, of a coupon that no campaign of the ledger has.
    U3,
    /// A use is booked with another amount than the coupon is worth. Not for coupons that can be used several times.
    U4,
    /// A use is booked before the coupons of the stock are valid, or after.
    U5,
    /// A use is booked more than 5 minutes before the first attempt to send the coupon.
    U6,
    /// A coupon is booked in two transactions, the first was not refunded before the second, and all days between are
    /// covered for refunds. Not for coupons that can be used several times.
    M1,
    /// More is booked for a coupon that can be used several times than it is worth, refunds taken off, with a tolerance of
    /// one fen for each refund; all days between its first and last use are covered for refunds.
    M2,
    /// A refund of a coupon of the campaign, or of none, without its use, and the day of the use is covered. If the file
    /// does not say when the coupon was used: the file of the whole stock was imported.
    F1,
    /// More was refunded than was used, by more than one fen.
    F2,
    /// A flow file has another number of rows than it states, or rows that cannot be read; or the file of a day and that of
    /// the whole stock do not have the same rows of that day.
    F3,
    /// More is booked than the budget of the stock. Of each coupon only its largest use counts; for coupons that can be
    /// used several times, all uses less the refunds.
    B1,
    /// The stock is prefunded, the file of the whole stock was imported (which there is only after its end), and less is
    /// booked than its budget, refunds taken off: the rest has to come back.
    B2,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 17] = [
        Self::R1,
        Self::R2,
        Self::R3,
        Self::R4,
        Self::U1,
        Self::U2,
        Self::U3,
        Self::U4,
        Self::U5,
        Self::U6,
        Self::M1,
        Self::M2,
        Self::F1,
        Self::F2,
        Self::F3,
        Self::B1,
        Self::B2,
    ];

    /// Returns its name, such as `R1`.
    pub fn name(self) -> &'static str {
        match self {
            Self::R1 => "R1",
            Self::R2 => "R2",
            Self::R3 => "R3",
            Self::R4 => "R4",
            Self::U1 => "U1",
            Self::U2 => "U2",
            Self::U3 => "U3",
            Self::U4 => "U4",
            Self::U5 => "U5",
            Self::U6 => "U6",
            Self::M1 => "M1",
            Self::M2 => "M2",
            Self::F1 => "F1",
            Self::F2 => "F2",
            Self::F3 => "F3",
            Self::B1 => "B1",
            Self::B2 => "B2",
        }
    }

    /// Whether it is only information, and nothing is wrong.
    pub fn is_information(self) -> bool {
        self == Self::U2
    }
}

impl FromStr for Class {
    type Err = UnknownClass;

    fn from_str(name: &str) -> Result<Self, UnknownClass> {
        Self::ALL.into_iter().find(|class| class.name().eq_ignore_ascii_case(name)).ok_or(UnknownClass)
    }
}

/// The text is not the name of a [`Class`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no class of differences")]
pub struct UnknownClass;

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
