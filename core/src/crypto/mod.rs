//! The cryptography that the protocol needs, behind a few small traits.
//!
//! A [`CryptoProvider`] is a plain struct of references and is passed explicitly wherever keys are loaded. There is no
//! process-wide default, and enabling the feature of another provider never changes what a program does. This crate
//! contains four providers:
//!
//! | feature | provider | what it is |
//! |---|---|---|
//! | `rustcrypto` (default) | `rustcrypto::PROVIDER` | pure Rust, no C compiler |
//! | `aws-lc-rs` | `aws_lc_rs::PROVIDER` | signs several times as fast; needs a C compiler to build |
//! | `ring` | `ring::PROVIDER` | builds faster than AWS-LC; needs a C compiler; no RSA-OAEP |
//! | `graviola` | `graviola::PROVIDER` | fast without a C compiler; x86-64 and AArch64 only; no RSA-OAEP |
//!
//! # Which files can be loaded
//!
//! All functions that load a key or a certificate look at the bytes, not at the label or the name of the file. They read
//! PEM with any label, among other text and other blocks, and DER; base64 of either; any line ends; a byte order mark
//! and UTF-16; spaces and invisible characters from a web page; and line ends written as `\n`, as environment variables
//! and JSON have them. What cannot be read is named in the [`KeyError`], with a remedy: encrypted keys, PKCS#12,
//! RSA-PSS and EC keys, a truncated file, the path of a file instead of its content, or another file of the merchant's.
//!
//! # What stays in memory
//!
//! The APIv3 key and the PEM text and DER of private keys are wiped when they are dropped. The caller is responsible
//! for wiping text that it reads itself:
//!
//! ```no_run
//! use wechatpay_core::zeroize::Zeroizing;
//!
//! let pem = Zeroizing::new(std::fs::read("apiclient_key.pem")?);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A loaded key belongs to the provider's library. A test searches the memory of a process after everything has been
//! dropped: AWS-LC leaves nothing; `rsa` and ring leave primes; graviola leaves copies of the numbers it parsed; ring
//! also leaves the private exponent, and the APIv3 key it decrypted with. Some memory cannot be wiped at all: results
//! that the caller receives (such as the content of a callback), environment variables, and pages that the operating
//! system swapped out.
//!
//! To use a key that lives elsewhere (in an HSM or a KMS), implement [`SigningKey`], or sign the bytes of
//! [`Unsigned::message`](crate::Unsigned::message) outside this crate.

mod api_v3_key;
mod error;
mod load;
mod material;
mod pem;
mod provider;
mod resource;
mod rsa_key;
pub(crate) mod serial;
mod structure;
mod text;
mod x509;

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
pub use load::{load_certificates, load_signing_key, load_verifying_key};
pub(crate) use material::{certificate, private_key, public_key};
pub(crate) use provider::hex_lower;
pub use provider::{
    Aes256Gcm, CryptoProvider, HashAlgorithm, Hasher, Hashes, KeyLoader, SecureRandom, SigningKey,
    VerifyingKey,
};
pub(crate) use resource::{EncryptedResource, ResourceError, ResourceKey};
pub(crate) use rsa_key::{RsaModulus, RsaPublicKey};
pub(crate) use text::trimmed;
pub(crate) use x509::Certificate;
