use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// A text that only the platform can read. Made by [`PlatformKeys::seal`](crate::PlatformKeys::seal).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    serial: String,
    ciphertext: String,
}

impl Sealed {
    pub(super) fn new(serial: String, ciphertext: impl AsRef<[u8]>) -> Self {
        Self { serial, ciphertext: STANDARD.encode(ciphertext) }
    }

    /// The serial of the key it is encrypted for. A request must name it, see
    /// [`Operation::platform_serial`](crate::Operation::platform_serial).
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The ciphertext in base64, as it goes into the request.
    pub fn ciphertext(&self) -> &str {
        &self.ciphertext
    }
}

#[cfg(feature = "arbitrary")]
crate::types::made_up::generated! {
    // Anything at all stands for a ciphertext.
    Sealed = |u| {
        let len = u.int_in_range(1..=40)?;
        let digit = |_| u.choose(crate::types::made_up::PLAIN).copied().map(char::from);
        let serial = (0..len).map(digit).collect::<Result<_, _>>()?;
        Ok(Self::new(serial, u.arbitrary::<[u8; 32]>()?))
    };
}
