//! The provider in pure Rust: [`rsa`], [`sha1`], [`sha2`] and [`aes_gcm`] of the RustCrypto project.
//!
//! RSA blinding is always on. RSA-OAEP decryption does not check the leading octet, which RFC 8017 requires to be zero,
//! because Manger's attack requires an error that distinguishes that case.

use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use rsa::pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey};
use rsa::pkcs1v15;
use rsa::signature::{SignatureEncoding, Signer, Verifier};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{
    Aes256Gcm, CryptoError, CryptoProvider, HashAlgorithm, Hasher, Hashes, KeyLoader, SecureRandom,
    SigningKey, VerifyingKey,
};

/// The RustCrypto implementations.
pub static PROVIDER: CryptoProvider =
    CryptoProvider::new("rustcrypto", &RustCrypto, &RustCrypto, &RustCrypto).with_hashes(&RustCrypto);

struct RustCrypto;

impl KeyLoader for RustCrypto {
    fn signing_key(&self, rsa_private_key: &[u8]) -> Result<Arc<dyn SigningKey>, CryptoError> {
        let key = rsa::PrivateKey::from_pkcs1_der(rsa_private_key)
            .map_err(|_| CryptoError::new("load private key"))?;
        key.validate().map_err(|_| CryptoError::new("validate private key"))?;
        Ok(Arc::new(PrivateKey(pkcs1v15::SigningKey::new(key))))
    }

    fn verifying_key(&self, rsa_public_key: &[u8]) -> Result<Arc<dyn VerifyingKey>, CryptoError> {
        let key = rsa::PublicKey::from_pkcs1_der(rsa_public_key)
            .map_err(|_| CryptoError::new("load public key"))?;
        Ok(Arc::new(PublicKey(pkcs1v15::VerifyingKey::new(key))))
    }
}

struct PrivateKey(pkcs1v15::SigningKey<Sha256>);

impl SigningKey for PrivateKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.0.try_sign(message).map(|signature| signature.to_vec()).map_err(|_| CryptoError::new("sign"))
    }

    fn decrypt(&self, ciphertext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let key: &rsa::PrivateKey = self.0.as_ref();
        key.oaep_decrypt::<Sha1>(ciphertext).map_err(|_| CryptoError::new("decrypt with RSA-OAEP"))
    }
}

struct PublicKey(pkcs1v15::VerifyingKey<Sha256>);

impl VerifyingKey for PublicKey {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        pkcs1v15::Signature::try_from(signature)
            .and_then(|signature| self.0.verify(message, &signature))
            .map_err(|_| CryptoError::new("verify"))
    }

    fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let key: &rsa::PublicKey = self.0.as_ref();
        key.oaep_encrypt::<Sha1>(plaintext).map_err(|_| CryptoError::new("encrypt with RSA-OAEP"))
    }
}

impl Aes256Gcm for RustCrypto {
    fn seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        aes_gcm::Aes256Gcm::new(key.into())
            .encrypt(nonce.into(), Payload { msg: plaintext, aad })
            .map_err(|_| CryptoError::new("encrypt"))
    }

    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        aes_gcm::Aes256Gcm::new(key.into())
            .decrypt(nonce.into(), Payload { msg: ciphertext, aad })
            .map_err(|_| CryptoError::new("decrypt"))
    }
}

impl SecureRandom for RustCrypto {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CryptoError> {
        getrandom::fill(bytes).map_err(|_| CryptoError::new("generate random bytes"))
    }
}

impl Hashes for RustCrypto {
    fn start(&self, algorithm: HashAlgorithm) -> Result<Box<dyn Hasher>, CryptoError> {
        Ok(match algorithm {
            HashAlgorithm::Sha1 => Box::new(Hash(Sha1::new())),
            HashAlgorithm::Sha256 => Box::new(Hash(Sha256::new())),
        })
    }
}

struct Hash<D>(D);

impl<D: Digest + Send> Hasher for Hash<D> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}
