use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::KeyError;

/// The APIv3 key (APIv3 密钥): 32 bytes that the merchant sets in the console and under which the platform
/// encrypts certificates and callbacks.
///
/// Wiped from memory when the last clone is dropped, never shown. It lies in one place, wherever it is moved to.
#[derive(Clone)]
pub struct ApiV3Key(Arc<Zeroizing<[u8; 32]>>);

impl ApiV3Key {
    /// Takes the key as it was typed into the console. The text remains the caller's to wipe;
    /// [`Zeroizing`](crate::zeroize::Zeroizing) does so.
    ///
    /// # Errors
    /// [`KeyError::ApiV3KeyLength`] unless it has exactly 32 bytes.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let key = key.as_ref();
        if key.len() != 32 {
            return Err(KeyError::ApiV3KeyLength { len: key.len() });
        }
        // Written where it stays: every array that is moved leaves a copy behind on the stack.
        let mut place = Arc::new(Zeroizing::new([0; 32]));
        if let Some(place) = Arc::get_mut(&mut place) {
            place.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
        }
        Ok(Self(place))
    }

    /// The bytes, for a [`CryptoProvider`](crate::crypto::CryptoProvider).
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ApiV3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiV3Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_exactly_32_bytes() {
        for len in [0, 16, 31, 33, 64] {
            let error = ApiV3Key::new("k".repeat(len)).unwrap_err();
            assert_eq!(error.to_string(), format!("the APIv3 key has {len} bytes, it must have 32"));
        }
        let key = ApiV3Key::new("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb").unwrap();
        assert!(!format!("{key:?}").contains("a7cde"));
    }
}
