use std::fmt;

use serde::Serialize;
use wechatpay_core::types::{Openid, UnixMillis};

/// Whose openids are forgotten. At least one of the conditions must be given; all that are given must hold.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forgetting {
    /// Only rows of this campaign.
    pub campaign: Option<String>,
    /// Only rows of this user.
    pub openid: Option<Openid>,
    /// Only rows of which nothing was heard since then.
    pub before: Option<UnixMillis>,
}

impl Forgetting {
    /// The users of a campaign.
    pub fn campaign(name: impl Into<String>) -> Self {
        Self { campaign: Some(name.into()), ..Self::default() }
    }

    /// One user.
    pub fn user(openid: Openid) -> Self {
        Self { openid: Some(openid), ..Self::default() }
    }

    /// The users of whom nothing was heard since then.
    pub fn before(at: UnixMillis) -> Self {
        Self { before: Some(at), ..Self::default() }
    }
}

impl fmt::Debug for Forgetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let openid = self.openid.as_ref().map(|_| "…");
        f.debug_struct("Forgetting")
            .field("campaign", &self.campaign)
            .field("openid", &openid)
            .field("before", &self.before)
            .finish()
    }
}

/// How many rows are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Forgettable {
    /// Rows whose openid is known.
    pub rows: u64,
    /// Of these, those that are not final. As long as there are any, nothing is forgotten.
    pub open: u64,
}

/// What forgetting has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Forgotten {
    /// Rows whose openid was forgotten.
    pub rows: u64,
    /// Whether it is gone from the storage, too. Otherwise former versions of the rows may still be in the database, or in
    /// the log of the file as long as another process has it open.
    pub scrubbed: bool,
}
