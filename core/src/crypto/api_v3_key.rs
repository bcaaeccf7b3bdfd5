use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::KeyError;

/// The APIv3 key (APIv3 密钥): 32 bytes that the merchant sets in the console. The platform encrypts certificates and
/// callbacks with it.
///
/// The key is wiped from memory when the last clone is dropped, and `Debug` does not show it. Clones share one
/// allocation, so moving the value does not copy the key.
#[derive(Clone)]
pub struct ApiV3Key(Arc<Zeroizing<[u8; 32]>>);

impl ApiV3Key {
    /// Creates the key from the text that was typed into the console. The caller remains responsible for wiping that
    /// text; [`Zeroizing`](crate::zeroize::Zeroizing) does so.
    ///
    /// White space around a longer text, such as the line end of a file, does not count.
    ///
    /// # Errors
    /// [`KeyError::ApiV3KeyLength`] unless the key has exactly 32 bytes.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let key = key.as_ref();
        let key = if key.len() > 32 { key.trim_ascii() } else { key };
        if key.len() != 32 {
            return Err(KeyError::ApiV3KeyLength { len: key.len() });
        }
        // The key is written directly to its final allocation: moving an array leaves a copy on the stack.
        let mut place = Arc::new(Zeroizing::new([0; 32]));
        if let Some(place) = Arc::get_mut(&mut place) {
            place.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
        }
        Ok(Self(place))
    }

    /// Returns the bytes of the key, for a [`CryptoProvider`](crate::crypto::CryptoProvider).
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
    fn an_api_v3_key_must_have_32_bytes() {
        for len in [0, 16, 31, 33, 64] {
            let error = ApiV3Key::new("k".repeat(len)).unwrap_err();
            assert_eq!(error.to_string(), format!("the APIv3 key has {len} bytes; it must have exactly 32"));
        }
        let key = ApiV3Key::new("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb").unwrap();
        let copied = ApiV3Key::new(" a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb\r\n").unwrap();
        assert_eq!(copied.as_bytes(), key.as_bytes());
        assert!(!format!("{key:?}").contains("a7cde"));
    }
}
