//! Parses the RSA structures inside PKCS#8, SubjectPublicKeyInfo and PKCS#1, once for all providers.

use std::fmt;

use x509_cert::der::asn1::{BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use x509_cert::der::{self, Reader, SliceReader};
use x509_cert::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::{KeyError, MIN_RSA_BITS};

/// `rsaEncryption`, RFC 8017 appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Requires the algorithm of a key to be RSA for signatures with PKCS #1 v1.5 padding, the only one of APIv3.
pub(super) fn require_rsa(algorithm: ObjectIdentifier, expected: &'static str) -> Result<(), KeyError> {
    const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
    const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
    match algorithm {
        RSA_ENCRYPTION => Ok(()),
        RSA_PSS => Err(KeyError::Algorithm { expected, algorithm: "RSA-PSS (1.2.840.113549.1.1.10)" }),
        EC => Err(KeyError::Algorithm { expected, algorithm: "EC (1.2.840.10045.2.1)" }),
        _ => Err(KeyError::Algorithm { expected, algorithm: "another one" }),
    }
}

/// A private key in PKCS#1 format (`RSAPrivateKey`), with the modulus of its public half.
pub(crate) struct RsaPrivateKey {
    pub(crate) pkcs1: Zeroizing<Vec<u8>>,
    pub(crate) public: RsaModulus,
}

impl RsaPrivateKey {
    const EXPECTED: &str = "private key";

    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let (oid, pkcs1) = whole(der, |reader| {
            reader.sequence(|fields: &mut SliceReader<'_>| {
                let _version: u8 = fields.decode()?;
                let algorithm: AlgorithmIdentifierRef<'_> = fields.decode()?;
                let key: &OctetStringRef = fields.decode()?;
                // Skips the optional attributes.
                fields.drain(fields.remaining_len())?;
                Ok((algorithm.oid, key.as_bytes()))
            })
        })
        .map_err(|_| KeyError::Malformed {
            expected: Self::EXPECTED,
            problem: "the content is not PKCS#8",
        })?;
        require_rsa(oid, Self::EXPECTED)?;
        Self::from_pkcs1(pkcs1)
    }

    pub(super) fn from_pkcs1(der: &[u8]) -> Result<Self, KeyError> {
        let modulus = whole(der, |reader| {
            reader.sequence(|fields: &mut SliceReader<'_>| {
                let _version: u8 = fields.decode()?;
                let modulus: UintRef<'_> = fields.decode()?;
                fields.drain(fields.remaining_len())?;
                Ok(modulus)
            })
        })
        .map_err(|_| KeyError::Malformed {
            expected: Self::EXPECTED,
            problem: "the content is not PKCS#1",
        })?;
        Ok(Self { public: RsaModulus::checked(modulus)?, pkcs1: Zeroizing::new(der.to_vec()) })
    }
}

/// Whether the numbers of a PKCS#1 `RSAPrivateKey` have consistent lengths: each prime has half the length of the
/// modulus, and no number for the Chinese remainder theorem is zero or longer than a prime. graviola assumes this.
#[cfg(feature = "graviola")]
pub(super) fn has_consistent_lengths(pkcs1: &[u8]) -> bool {
    let lengths = whole(pkcs1, |reader| {
        reader.sequence(|fields: &mut SliceReader<'_>| {
            let _version: u8 = fields.decode()?;
            let mut lengths = [0_usize; 8];
            for len in &mut lengths {
                let number: UintRef<'_> = fields.decode()?;
                *len = number.as_bytes().iter().skip_while(|byte| **byte == 0).count();
            }
            Ok(lengths)
        })
    });
    lengths.is_ok_and(|[modulus, _, _, p, q, others @ ..]| {
        modulus.div_ceil(2) == p && p == q && others.iter().all(|len| (1..=p).contains(len))
    })
}

/// A public key in PKCS#1 format (`RSAPublicKey`).
#[derive(Clone)]
pub(crate) struct RsaPublicKey {
    pub(crate) pkcs1: Vec<u8>,
    pub(crate) modulus: RsaModulus,
}

impl RsaPublicKey {
    const EXPECTED: &str = "public key";

    pub(super) fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let malformed = |problem| KeyError::Malformed { expected: Self::EXPECTED, problem };
        let (oid, key) = whole(der, |reader| {
            reader.sequence(|fields: &mut SliceReader<'_>| {
                let algorithm: AlgorithmIdentifierRef<'_> = fields.decode()?;
                let key: BitStringRef<'_> = fields.decode()?;
                Ok((algorithm.oid, key))
            })
        })
        .map_err(|_| malformed("the content is not a SubjectPublicKeyInfo"))?;
        require_rsa(oid, Self::EXPECTED)?;
        Self::from_pkcs1(
            key.as_bytes().ok_or(malformed("the bit string of the key is not a whole number of bytes"))?,
        )
    }

    pub(super) fn from_pkcs1(der: &[u8]) -> Result<Self, KeyError> {
        let modulus = whole(der, |reader| {
            reader.sequence(|fields: &mut SliceReader<'_>| {
                let modulus: UintRef<'_> = fields.decode()?;
                let _exponent: UintRef<'_> = fields.decode()?;
                Ok(modulus)
            })
        })
        .map_err(|_| KeyError::Malformed {
            expected: Self::EXPECTED,
            problem: "the content is not an RSA public key",
        })?;
        Ok(Self { modulus: RsaModulus::checked(modulus)?, pkcs1: der.to_vec() })
    }
}

/// An RSA modulus, which identifies a key: equal moduli mean the same key pair.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RsaModulus(Vec<u8>);

impl RsaModulus {
    fn checked(modulus: UintRef<'_>) -> Result<Self, KeyError> {
        // `UintRef` has no leading zero bytes.
        let bytes = modulus.as_bytes();
        let leading = bytes.first().map_or(8, |byte| byte.leading_zeros() as usize);
        let bits = bytes.len().saturating_mul(8).saturating_sub(leading);
        if bits < MIN_RSA_BITS {
            return Err(KeyError::TooSmall { bits });
        }
        Ok(Self(bytes.to_vec()))
    }
}

impl fmt::Debug for RsaModulus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaModulus({} bits)", self.0.len().saturating_mul(8))
    }
}

/// Reads one DER value and requires that no bytes follow it.
fn whole<'a, T>(der: &'a [u8], read: impl FnOnce(&mut SliceReader<'a>) -> der::Result<T>) -> der::Result<T> {
    let mut reader = SliceReader::new(der)?;
    let value = read(&mut reader)?;
    reader.finish()?;
    Ok(value)
}
