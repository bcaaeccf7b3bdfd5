//! What the platform has of the merchant: the state of its certificate, and whether it has set an APIv3 key.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

    pub(crate) fn json(self) -> Value {
        let state = CertificateState::ALL.iter().find(|(_, state)| *state == self.certificate);
        json!({ "state": state.map(|(name, _)| *name), "api_v3_key": self.api_v3_key })
    }
}
