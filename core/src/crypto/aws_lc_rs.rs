//! The provider for AWS-LC, through [`aws_lc_rs`].

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::{
    KeyPair, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};

use zeroize::Zeroizing;

use super::{
    Aes256Gcm, CryptoError, CryptoProvider, HashAlgorithm, Hasher, Hashes, KeyLoader, SecureRandom,
    SigningKey, VerifyingKey,
};

/// The AWS-LC implementations.
pub static PROVIDER: CryptoProvider =
    CryptoProvider::new("aws-lc-rs", &AwsLc, &AwsLc, &AwsLc).with_hashes(&AwsLc);

struct AwsLc;

impl KeyLoader for AwsLc {
    fn signing_key(&self, rsa_private_key: &[u8]) -> Result<Arc<dyn SigningKey>, CryptoError> {
        let key = KeyPair::from_der(rsa_private_key).map_err(|_| CryptoError::new("load private key"))?;
        Ok(Arc::new(PrivateKey(key)))
    }

    fn verifying_key(&self, rsa_public_key: &[u8]) -> Result<Arc<dyn VerifyingKey>, CryptoError> {
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, rsa_public_key)
            .map_err(|_| CryptoError::new("load public key"))?;
        Ok(Arc::new(PublicKey(key)))
    }
}

struct PrivateKey(KeyPair);

impl SigningKey for PrivateKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| CryptoError::new("sign"))?;
        Ok(signature)
    }

    fn decrypt(&self, ciphertext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        // Decryption is rare, so the key is parsed again rather than kept in memory twice.
        let decrypt = || -> Result<Vec<u8>, Unspecified> {
            let key = PrivateDecryptingKey::from_pkcs8(self.0.as_der()?.as_ref()).map_err(|_| Unspecified)?;
            let key = OaepPrivateDecryptingKey::new(key)?;
            let mut plaintext = Zeroizing::new(vec![0; key.min_output_size()]);
            Ok(key.decrypt(&OAEP_SHA1_MGF1SHA1, ciphertext, &mut plaintext, None)?.to_vec())
        };
        decrypt().map_err(|_| CryptoError::new("decrypt with RSA-OAEP"))
    }
}

struct PublicKey(ParsedPublicKey);

impl VerifyingKey for PublicKey {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        self.0.verify_sig(message, signature).map_err(|_| CryptoError::new("verify"))
    }

    fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let encrypt = || -> Result<Vec<u8>, Unspecified> {
            let key = PublicEncryptingKey::from_der(self.0.as_der()?.as_ref()).map_err(|_| Unspecified)?;
            let key = OaepPublicEncryptingKey::new(key)?;
            let mut ciphertext = vec![0; key.ciphertext_size()];
            Ok(key.encrypt(&OAEP_SHA1_MGF1SHA1, plaintext, &mut ciphertext, None)?.to_vec())
        };
        encrypt().map_err(|_| CryptoError::new("encrypt with RSA-OAEP"))
    }
}

impl Aes256Gcm for AwsLc {
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
                key.seal_in_place_append_tag(
                    Nonce::assume_unique_for_key(*nonce),
                    Aad::from(aad),
                    &mut buffer,
                )
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
                let plaintext =
                    key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut buffer)?;
                Ok(plaintext.len())
            })
            .map_err(|_| CryptoError::new("decrypt"))?;
        buffer.truncate(len);
        Ok(buffer)
    }
}

fn aes_key(key: &[u8; 32]) -> Result<LessSafeKey, Unspecified> {
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?))
}

impl SecureRandom for AwsLc {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CryptoError> {
        rand::fill(bytes).map_err(|_| CryptoError::new("generate random bytes"))
    }
}

impl Hashes for AwsLc {
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
