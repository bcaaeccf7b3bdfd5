//! The provider for [`ring`]. It has no RSA-OAEP, so sensitive fields can be neither encrypted nor decrypted.

use std::sync::Arc;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::digest;
use ring::error::Unspecified;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};

use super::{
    Aes256Gcm, CryptoError, CryptoProvider, HashAlgorithm, Hasher, Hashes, KeyLoader, SecureRandom,
    SigningKey, VerifyingKey,
};

/// The ring implementations.
pub static PROVIDER: CryptoProvider = CryptoProvider::new("ring", &Ring, &Ring, &Ring).with_hashes(&Ring);

struct Ring;

impl KeyLoader for Ring {
    fn signing_key(&self, rsa_private_key: &[u8]) -> Result<Arc<dyn SigningKey>, CryptoError> {
        let key = KeyPair::from_der(rsa_private_key).map_err(|_| CryptoError::new("load private key"))?;
        Ok(Arc::new(PrivateKey(key)))
    }

    fn verifying_key(&self, rsa_public_key: &[u8]) -> Result<Arc<dyn VerifyingKey>, CryptoError> {
        // ring parses the key on every verification; it has no parsed representation.
        Ok(Arc::new(PublicKey(UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, rsa_public_key.to_vec()))))
    }
}

struct PrivateKey(KeyPair);

impl SigningKey for PrivateKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| CryptoError::new("sign"))?;
        Ok(signature)
    }
}

struct PublicKey(UnparsedPublicKey<Vec<u8>>);

impl VerifyingKey for PublicKey {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        self.0.verify(message, signature).map_err(|_| CryptoError::new("verify"))
    }
}

impl Aes256Gcm for Ring {
    fn seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let mut buffer = plaintext.to_vec();
        aes_key(key)
            .and_then(|key| {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut buffer)
            })
            .map_err(|_| CryptoError::new("encrypt"))?;
        Ok(buffer)
    }

    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let mut buffer = ciphertext.to_vec();
        let len = aes_key(key)
            .and_then(|key| {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                Ok(key.open_in_place(nonce, Aad::from(aad), &mut buffer)?.len())
            })
            .map_err(|_| CryptoError::new("decrypt"))?;
        buffer.truncate(len);
        Ok(buffer)
    }
}

fn aes_key(key: &[u8; 32]) -> Result<LessSafeKey, Unspecified> {
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?))
}

impl SecureRandom for Ring {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CryptoError> {
        SystemRandom::new().fill(bytes).map_err(|_| CryptoError::new("generate random bytes"))
    }
}

impl Hashes for Ring {
    fn start(&self, algorithm: HashAlgorithm) -> Result<Box<dyn Hasher>, CryptoError> {
        Ok(Box::new(Hash(digest::Context::new(match algorithm {
            HashAlgorithm::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            HashAlgorithm::Sha256 => &digest::SHA256,
        }))))
    }
}

struct Hash(digest::Context);

impl Hasher for Hash {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}
