//! **No security at all**: a provider and keys for property tests and fuzzing, where real RSA is too slow and a fuzzer
//! cannot produce a valid signature.
//!
//! Nothing here protects anything. A client that uses these keys on a network accepts forged responses.
//! The feature only makes the keys available; a program that does not use them is as safe with the feature as without
//! it.
//!
//! - [`AcceptAll`] accepts every signature, so a fuzzer reaches the code that runs after verification.
//! - [`Checksum`] accepts only the signatures that it computes itself. It detects a change of a single byte and takes
//!   nanoseconds, but its signatures can be computed without a key.
//!
//! ```
//! use std::sync::Arc;
//! use bytes::Bytes;
//! use wechatpay_core::cashcoupons::{RequiredCouponFields, SendCoupon};
//! use wechatpay_core::crypto::insecure::AcceptAll;
//! use wechatpay_core::{Client, Merchant, PlatformKeys};
//!
//! let merchant = Merchant::with_key("1900000001".into(), "0A", Arc::new(AcceptAll))?;
//! let keys = PlatformKeys::new();
//! keys.add_key("PUB_KEY_ID_1", Arc::new(AcceptAll))?;
//! let client = Client::new(merchant, keys)?;
//!
//! // A response as a fuzzer could generate it:
//! let response = http::Response::builder()
//!     .header("Wechatpay-Timestamp", "1554208460")
//!     .header("Wechatpay-Nonce", "n")
//!     .header("Wechatpay-Serial", "PUB_KEY_ID_1")
//!     .header("Wechatpay-Signature", "AAAA")
//!     .body(Bytes::from_static(br#"{"coupon_id":"1"}"#))?;
//! let send = SendCoupon::new(RequiredCouponFields {
//!     openid: "o".into(),
//!     appid: "wx1".into(),
//!     stock_id: "1".into(),
//!     stock_creator_mchid: "1900000001".into(),
//!     out_request_no: "1".into(),
//! });
//! assert_eq!(client.response(&send, &response, 1_554_208_460)?.coupon_id.as_str(), "1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{
    Aes256Gcm, CryptoError, CryptoProvider, HashAlgorithm, Hasher, Hashes, KeyLoader, SecureRandom,
    SigningKey, VerifyingKey,
};

/// **No security at all**: every key is [`AcceptAll`], encryption keeps the plaintext, random bytes come from a counter,
/// and hashes are checksums.
pub const PROVIDER: CryptoProvider =
    CryptoProvider::new("insecure", &Keys, &Plain, &Counter).with_hashes(&Checksums);

/// **No security at all**: accepts every signature. Its own signatures are a constant.
#[derive(Debug, Clone, Copy, Default)]
pub struct AcceptAll;

impl SigningKey for AcceptAll {
    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(b"yes".to_vec())
    }

    fn decrypt(&self, ciphertext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(ciphertext.to_vec())
    }
}

impl VerifyingKey for AcceptAll {
    fn verify(&self, _message: &[u8], _signature: &[u8]) -> Result<(), CryptoError> {
        Ok(())
    }

    fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(plaintext.to_vec())
    }
}

/// **No security at all**: signs with a checksum of the message (64-bit FNV-1a), without a key.
#[derive(Debug, Clone, Copy, Default)]
pub struct Checksum;

impl SigningKey for Checksum {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(fnv(FNV_OFFSET, message).to_be_bytes().to_vec())
    }
}

impl VerifyingKey for Checksum {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        match signature == fnv(FNV_OFFSET, message).to_be_bytes() {
            true => Ok(()),
            false => Err(CryptoError::new("verify the checksum")),
        }
    }
}

/// The constants of 64-bit FNV-1a, <http://www.isthe.com/chongo/tech/comp/fnv/>.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

fn fnv(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME))
}

struct Keys;

impl KeyLoader for Keys {
    fn signing_key(&self, _rsa_private_key: &[u8]) -> Result<Arc<dyn SigningKey>, CryptoError> {
        Ok(Arc::new(AcceptAll))
    }

    fn verifying_key(&self, _rsa_public_key: &[u8]) -> Result<Arc<dyn VerifyingKey>, CryptoError> {
        Ok(Arc::new(AcceptAll))
    }
}

/// Encryption that appends a tag of 16 zero bytes to the plaintext, so that the length is realistic.
struct Plain;

const TAG: [u8; 16] = [0; 16];

impl Aes256Gcm for Plain {
    fn seal(
        &self,
        _key: &[u8; 32],
        _nonce: &[u8; 12],
        _aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        Ok([plaintext, &TAG].concat())
    }

    fn open(
        &self,
        _key: &[u8; 32],
        _nonce: &[u8; 12],
        _aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let plaintext =
            ciphertext.strip_suffix(&TAG).ok_or(CryptoError::new("remove the authentication tag"))?;
        Ok(plaintext.to_vec())
    }
}

/// Counts up, so that nonces do not repeat.
struct Counter;

impl SecureRandom for Counter {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CryptoError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mut count = NEXT.fetch_add(1, Ordering::Relaxed);
        for byte in bytes {
            let [low, ..] = count.to_le_bytes();
            *byte = low;
            count >>= 8;
        }
        Ok(())
    }
}

struct Checksums;

impl Hashes for Checksums {
    fn start(&self, algorithm: HashAlgorithm) -> Result<Box<dyn Hasher>, CryptoError> {
        let len = match algorithm {
            HashAlgorithm::Sha1 => 20,
            HashAlgorithm::Sha256 => 32,
        };
        Ok(Box::new(LongChecksum { state: FNV_OFFSET, len }))
    }
}

/// Repeats the checksum to the length of the hash that it replaces.
struct LongChecksum {
    state: u64,
    len: usize,
}

impl Hasher for LongChecksum {
    fn update(&mut self, bytes: &[u8]) {
        self.state = fnv(self.state, bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.state.to_be_bytes().into_iter().cycle().take(self.len).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_fnv_1a() {
        // Published test vectors of 64-bit FNV-1a.
        for (text, hash) in
            [("", 0xcbf2_9ce4_8422_2325_u64), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            let signature = Checksum.sign(text.as_bytes()).unwrap();
            assert_eq!(signature, hash.to_be_bytes());
            assert!(Checksum.verify(text.as_bytes(), &signature).is_ok());
            assert!(Checksum.verify(b"another", &signature).is_err());
        }
    }

    #[test]
    fn sealed_text_can_be_opened_and_hashes_have_the_real_length() {
        let sealed = PROVIDER.aead.seal(&[0; 32], &[0; 12], b"", b"text").unwrap();
        assert_eq!(sealed.len(), 4 + 16);
        assert_eq!(PROVIDER.aead.open(&[0; 32], &[0; 12], b"", &sealed).unwrap(), b"text");
        assert!(PROVIDER.aead.open(&[0; 32], &[0; 12], b"", b"text").is_err());
        assert_eq!(PROVIDER.hash(HashAlgorithm::Sha1, b"").unwrap().len(), 40);
        assert_eq!(PROVIDER.hash(HashAlgorithm::Sha256, b"").unwrap().len(), 64);
        let (mut one, mut other) = ([0; 16], [0; 16]);
        PROVIDER.random.fill(&mut one).unwrap();
        PROVIDER.random.fill(&mut other).unwrap();
        assert_ne!(one, other);
    }
}
