//! What the platform has of the merchant: the state of its certificate, and whether it has set an APIv3 key.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::protocol::json::Object;
use crate::protocol::problem::refused_member;
use crate::protocol::reply::Reply;

/// Set by `POST /_sandbox/merchant/certificate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) certificate: CertificateState,
    pub(crate) api_v3_key: bool,
}

/// The state of the merchant's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CertificateState {
    Valid,
    Expired,
    Revoked,
    Replaced,
    /// The merchant has never applied for one.
    None,
}

impl CertificateState {
    pub(crate) const ALL: [(&'static str, Self); 5] = [
        ("valid", Self::Valid),
        ("expired", Self::Expired),
        ("revoked", Self::Revoked),
        ("replaced", Self::Replaced),
        ("none", Self::None),
    ];
}

impl Standing {
    /// That of a merchant whose requests are processed.
    pub(crate) fn good() -> Self {
        Self { certificate: CertificateState::Valid, api_v3_key: true }
    }

    /// Reads the body of `POST /_sandbox/merchant/certificate`. A member that is absent keeps its value.
    pub(crate) fn read(mut self, body: &Object) -> Result<Self, Reply> {
        if let Some((name, value)) =
            body.iter().find(|(name, _)| !["state", "api_v3_key"].contains(&name.as_str()))
        {
            let rule = "is not known; the members are state and api_v3_key";
            return Err(refused_member(name, value.clone(), rule));
        }
        if let Some(state) = body.get("state") {
            let known = CertificateState::ALL.into_iter().find(|(name, _)| state.as_str() == Some(*name));
            let rule = "must be valid, expired, revoked, replaced or none";
            self.certificate = known.ok_or_else(|| refused_member("state", state.clone(), rule))?.1;
        }
        if let Some(set) = body.get("api_v3_key") {
            let invalid = || refused_member("api_v3_key", set.clone(), "must be true or false");
            self.api_v3_key = set.as_bool().ok_or_else(invalid)?;
        }
        Ok(self)
    }

    pub(crate) fn json(self) -> Value {
        let state = CertificateState::ALL.iter().find(|(_, state)| *state == self.certificate);
        json!({ "state": state.map(|(name, _)| *name), "api_v3_key": self.api_v3_key })
    }
}
