//! The provider for [`graviola`], with [`sha1`] for flow files.
//!
//! It has no RSA-OAEP, so sensitive fields can be neither encrypted nor decrypted.
//!
//! It runs on x86-64 and AArch64 only, and on x86-64 it needs a processor of about 2013 or later. On other processors
//! every operation returns an error.

use std::sync::Arc;

use graviola::aead::AesGcm;
use graviola::hashing::{self, Hash as _, HashContext as _};
use graviola::signing::rsa;
use sha1::{Digest as _, Sha1};

use super::rsa_key::has_consistent_lengths;
use super::{
    Aes256Gcm, CryptoError, CryptoProvider, HashAlgorithm, Hasher, Hashes, KeyLoader, SecureRandom,
    SigningKey, VerifyingKey,
};

/// The graviola implementations.
pub static PROVIDER: CryptoProvider =
    CryptoProvider::new("graviola", &Graviola, &Graviola, &Graviola).with_hashes(&Graviola);

struct Graviola;

/// Checks the processor, because graviola itself panics on one that it does not support.
fn check_processor() -> Result<(), CryptoError> {
    match graviola::util::is_cpu_supported() {
        true => Ok(()),
        false => Err(CryptoError::new("use graviola (not supported on this processor)")),
    }
}

impl KeyLoader for Graviola {
    fn signing_key(&self, rsa_private_key: &[u8]) -> Result<Arc<dyn SigningKey>, CryptoError> {
        check_processor()?;
        let invalid = CryptoError::new("load private key");
        // graviola panics, when loading or when signing, if the numbers of the key have other lengths.
        if !has_consistent_lengths(rsa_private_key) {
            return Err(invalid);
        }
        let key = rsa::SigningKey::from_pkcs1_der(rsa_private_key);
        Ok(Arc::new(PrivateKey(key.map_err(|_| invalid)?)))
    }

    fn verifying_key(&self, rsa_public_key: &[u8]) -> Result<Arc<dyn VerifyingKey>, CryptoError> {
        check_processor()?;
        let key = rsa::VerifyingKey::from_pkcs1_der(rsa_public_key);
        Ok(Arc::new(PublicKey(key.map_err(|_| CryptoError::new("load public key"))?)))
    }
}

struct PrivateKey(rsa::SigningKey);

impl SigningKey for PrivateKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut signature = vec![0; self.0.modulus_len_bytes()];
        self.0.sign_pkcs1_sha256(&mut signature, message).map_err(|_| CryptoError::new("sign"))?;
        Ok(signature)
    }
}

struct PublicKey(rsa::VerifyingKey);

impl VerifyingKey for PublicKey {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        self.0.verify_pkcs1_sha256(signature, message).map_err(|_| CryptoError::new("verify"))
    }
}

const TAG: usize = 16;

impl Aes256Gcm for Graviola {
    fn seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        check_processor()?;
        let (mut buffer, mut tag) = (plaintext.to_vec(), [0; TAG]);
        AesGcm::new(key).encrypt(nonce, aad, &mut buffer, &mut tag);
        buffer.extend_from_slice(&tag);
        Ok(buffer)
    }

    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        check_processor()?;
        let failed = CryptoError::new("decrypt");
        let (ciphertext, tag) = ciphertext.split_last_chunk::<TAG>().ok_or(failed)?;
        let mut buffer = ciphertext.to_vec();
        AesGcm::new(key).decrypt(nonce, aad, &mut buffer, tag).map_err(|_| failed)?;
        Ok(buffer)
    }
}

impl SecureRandom for Graviola {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CryptoError> {
        check_processor()?;
        graviola::random::fill(bytes).map_err(|_| CryptoError::new("generate random bytes"))
    }
}

impl Hashes for Graviola {
    fn start(&self, algorithm: HashAlgorithm) -> Result<Box<dyn Hasher>, CryptoError> {
        check_processor()?;
        Ok(match algorithm {
            HashAlgorithm::Sha1 => Box::new(Sha1Hash(Sha1::new())),
            HashAlgorithm::Sha256 => Box::new(Hash(hashing::Sha256::new())),
        })
    }
}

struct Hash(<hashing::Sha256 as hashing::Hash>::Context);

impl Hasher for Hash {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

struct Sha1Hash(Sha1);

impl Hasher for Sha1Hash {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}
