//! The cryptography the protocol needs, behind a few small traits.
//!
//! A [`CryptoProvider`] is a plain struct of references that is passed explicitly wherever keys are loaded:
//! there is no process-wide default, and switching on another provider's feature never changes what a
//! program does. Four come with this crate:
//!
//! | feature | provider | what it is |
//! |---|---|---|
//! | `rustcrypto` (default) | `rustcrypto::PROVIDER` | pure Rust, no C compiler |
//! | `aws-lc-rs` | `aws_lc_rs::PROVIDER` | signs several times as fast; needs a C compiler to build |
//! | `ring` | `ring::PROVIDER` | builds faster than AWS-LC; needs a C compiler; no RSA-OAEP |
//! | `graviola` | `graviola::PROVIDER` | fast without a C compiler; x86-64 and AArch64 only; no RSA-OAEP |
//!
//! # What stays in memory
//!
//! The APIv3 key, the text and the DER of private keys are wiped when they are dropped. Text that you read yourself is
//! yours to wipe:
//!
//! ```no_run
//! use wechatpay_core::zeroize::Zeroizing;
//!
//! let pem = Zeroizing::new(std::fs::read("apiclient_key.pem")?);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A key that was loaded is the library's. A test looks through the memory of a process that has dropped all of it: of
//! the libraries AWS-LC leaves nothing, `rsa` and ring leave primes, graviola copies of the numbers that it read, and
//! ring the APIv3 key with which it decrypted. What cannot be wiped at all: what the caller gets, such as the content of
//! a callback, environment variables, and whatever the system swapped out.
//!
//! A key that lives elsewhere (an HSM, a KMS) implements [`SigningKey`], or signs the bytes of
//! [`Unsigned::message`](crate::Unsigned::message) in its own time.

mod api_v3_key;
mod error;
mod load;
mod pem;
mod provider;
mod resource;
mod rsa_key;

#[cfg(feature = "aws-lc-rs")]
pub mod aws_lc_rs;
#[cfg(feature = "graviola")]
pub mod graviola;
#[cfg(feature = "insecure")]
pub mod insecure;
#[cfg(feature = "ring")]
pub mod ring;
#[cfg(feature = "rustcrypto")]
pub mod rustcrypto;

pub use api_v3_key::ApiV3Key;
pub use error::{CryptoError, KeyError, MIN_RSA_BITS};
pub use load::{load_signing_key, load_verifying_key};
pub(crate) use pem::{Certificate, certificate, private_key, public_key};
pub(crate) use provider::hex_lower;
pub use provider::{
    Aes256Gcm, CryptoProvider, HashAlgorithm, Hasher, Hashes, KeyLoader, SecureRandom, SigningKey,
    VerifyingKey,
};
pub(crate) use resource::{EncryptedResource, ResourceError, ResourceKey};
pub(crate) use rsa_key::{RsaModulus, RsaPublicKey};
