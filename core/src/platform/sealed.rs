use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// A text that only the platform can decrypt. Created by [`PlatformKeys::seal`](crate::PlatformKeys::seal).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    serial: String,
    ciphertext: String,
}

impl Sealed {
    pub(super) fn new(serial: String, ciphertext: impl AsRef<[u8]>) -> Self {
        Self { serial, ciphertext: STANDARD.encode(ciphertext) }
    }

    /// Returns the serial of the key that the text is encrypted for. A request with the text must name this serial; see
    /// [`Operation::platform_serial`](crate::Operation::platform_serial).
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// Returns the ciphertext in base64, as sent in the request.
    pub fn ciphertext(&self) -> &str {
        &self.ciphertext
    }
}

#[cfg(feature = "arbitrary")]
crate::types::generators::impl_arbitrary! {
    // Arbitrary bytes take the place of a ciphertext.
    Sealed = |u| {
        let len = u.int_in_range(1..=40)?;
        let digit = |_| u.choose(crate::types::generators::PLAIN).copied().map(char::from);
        let serial = (0..len).map(digit).collect::<Result<_, _>>()?;
        Ok(Self::new(serial, u.arbitrary::<[u8; 32]>()?))
    };
}
