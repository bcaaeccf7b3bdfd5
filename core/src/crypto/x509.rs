//! Reads the parts of an X.509 certificate that the protocol uses.

use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::name::Name;

use super::rsa_key::{RsaPublicKey, require_rsa};
use super::{KeyError, serial};

const EXPECTED: &str = "certificate";

/// `commonName`, X.520.
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// A certificate with an RSA key.
pub(crate) struct Certificate {
    /// The serial number in its normal form.
    pub(crate) serial: String,
    /// The first and last second of validity, in Unix seconds.
    pub(crate) not_before: u64,
    pub(crate) not_after: u64,
    pub(crate) key: RsaPublicKey,
    /// The merchant number in the subject: the common name, if it consists of digits.
    pub(crate) mchid: Option<String>,
}

impl Certificate {
    pub(super) fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let malformed = |problem| KeyError::Malformed { expected: EXPECTED, problem };
        let certificate = x509_cert::Certificate::from_der(der)
            .map_err(|_| malformed("the content is not an X.509 certificate in DER"))?;
        let tbs = certificate.tbs_certificate();
        let key = tbs.subject_public_key_info();
        require_rsa(key.algorithm.oid, EXPECTED)?;
        let key = key
            .subject_public_key
            .as_bytes()
            .ok_or(malformed("the bit string of the public key is not a whole number of bytes"))?;
        Ok(Self {
            serial: serial::of_bytes(tbs.serial_number().as_bytes()),
            not_before: tbs.validity().not_before.to_unix_duration().as_secs(),
            not_after: tbs.validity().not_after.to_unix_duration().as_secs(),
            key: RsaPublicKey::from_pkcs1(key)?,
            mchid: mchid(tbs.subject()),
        })
    }
}

fn mchid(subject: &Name) -> Option<String> {
    let attributes = subject.as_ref().iter().flat_map(|attributes| attributes.iter());
    let mut names =
        attributes.filter(|attribute| attribute.oid == COMMON_NAME).map(|name| name.value.value());
    let digits =
        names.find(|name| !name.is_empty() && name.len() <= 32 && name.iter().all(u8::is_ascii_digit))?;
    String::from_utf8(digits.to_vec()).ok()
}
