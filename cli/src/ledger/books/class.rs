use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What kind of difference it is.
///
/// The exact conditions are in the guide, `docs/campaign.md`, under "The classes". What was never imported is not a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub enum Class {
    /// WeChat Pay has given another number of coupons than all campaigns of the stock have sent.
    R1,
    /// A coupon may be out.
    R2,
    /// Two coupons were given for one number. The campaign stops.
    R3,
    /// One coupon belongs to two rows.
    R4,
    /// A callback says that a coupon was used, and the use is not booked.
    U1,
    /// Uses are booked without a callback. Information.
    U2,
    /// A use is booked of a coupon that no campaign of the ledger has.
    U3,
    /// A use is booked with another amount than the coupon is worth.
    U4,
    /// A use is booked when the coupon was not valid.
    U5,
    /// A use is booked before the coupon was sent.
    U6,
    /// A coupon was used again without a refund between.
    M1,
    /// A coupon that can be used several times was used for more than it is worth.
    M2,
    /// A refund without its use.
    F1,
    /// More was refunded than was used.
    F2,
    /// A flow file does not have what it states, or not what another one has.
    F3,
    /// More is booked than the budget.
    B1,
    /// Prefunded money has to come back.
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
