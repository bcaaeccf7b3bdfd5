//! Parses the PEM files that merchants have. The errors describe what the file contains instead.

use base64::engine::general_purpose::STANDARD;
use base64::{Engine as _, decoded_len_estimate};
use x509_cert::der::Decode;
use zeroize::Zeroizing;

use super::KeyError;
use super::rsa_key::{RsaPrivateKey, RsaPublicKey};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// The parts of a platform certificate that the protocol uses.
pub(crate) struct Certificate {
    /// The serial number in upper-case hexadecimal, as in `Wechatpay-Serial`.
    pub(crate) serial: String,
    /// The first and last second of validity, in Unix seconds.
    pub(crate) not_before: u64,
    pub(crate) not_after: u64,
    pub(crate) key: RsaPublicKey,
}

/// Parses `apiclient_key.pem`: PKCS#8, as the console provides it, or PKCS#1.
pub(crate) fn private_key(pem: &[u8]) -> Result<RsaPrivateKey, KeyError> {
    const EXPECTED: &str = "private key";
    let (label, der) = decode(pem, EXPECTED, &["PRIVATE KEY", "RSA PRIVATE KEY"])?;
    match label {
        "PRIVATE KEY" => RsaPrivateKey::from_pkcs8(&der),
        _ => RsaPrivateKey::from_pkcs1(&der),
    }
}

/// Parses `pub_key.pem`: a SubjectPublicKeyInfo or a bare PKCS#1 key.
pub(crate) fn public_key(pem: &[u8]) -> Result<RsaPublicKey, KeyError> {
    const EXPECTED: &str = "public key";
    let (label, der) = decode(pem, EXPECTED, &["PUBLIC KEY", "RSA PUBLIC KEY"])?;
    match label {
        "PUBLIC KEY" => RsaPublicKey::from_spki(&der),
        _ => RsaPublicKey::from_pkcs1(&der),
    }
}

/// Parses an X.509 certificate.
pub(crate) fn certificate(pem: &[u8]) -> Result<Certificate, KeyError> {
    const EXPECTED: &str = "certificate";
    let malformed = |problem| KeyError::Malformed { expected: EXPECTED, problem };
    let (_, der) = decode(pem, EXPECTED, &["CERTIFICATE"])?;
    let certificate = x509_cert::Certificate::from_der(&der)
        .map_err(|_| malformed("the content is not an X.509 certificate in DER"))?;
    let tbs = certificate.tbs_certificate();
    let key = tbs.subject_public_key_info();
    let key = key
        .subject_public_key
        .as_bytes()
        .ok_or(malformed("the bit string of the public key is not a whole number of bytes"))?;
    Ok(Certificate {
        serial: hex_upper(tbs.serial_number().as_bytes()),
        not_before: tbs.validity().not_before.to_unix_duration().as_secs(),
        not_after: tbs.validity().not_after.to_unix_duration().as_secs(),
        key: RsaPublicKey::from_pkcs1(key)?,
    })
}

fn hex_upper(bytes: &[u8]) -> String {
    // Two digits per byte, so that a serial number that begins with 0A keeps its leading zero.
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Finds the first PEM block with one of the `accepted` labels and decodes it.
fn decode<'a>(
    pem: &[u8],
    expected: &'static str,
    accepted: &[&'a str],
) -> Result<(&'a str, Zeroizing<Vec<u8>>), KeyError> {
    let unexpected = |found: String| KeyError::Pem { expected, found };
    let text = std::str::from_utf8(pem).map_err(|_| unexpected(describe_binary(pem).to_owned()))?;
    let mut other_label = None;
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let Some((label, body)) = after.split_once(DASHES) else { break };
        rest = body;
        let Some(accepted) = accepted.iter().copied().find(|accepted| *accepted == label) else {
            other_label.get_or_insert(label);
            continue;
        };
        let (body, _) = body
            .split_once(END)
            .ok_or_else(|| unexpected(format!("a {label} without its END line; the file is truncated")))?;
        if body.contains("Proc-Type:") {
            return Err(unexpected(describe_label("ENCRYPTED PRIVATE KEY")));
        }
        // Both buffers get their final size up front. A `Vec` that grows frees its old buffer without wiping it, and a
        // failed `decode` frees what it had written.
        let mut base64 = Zeroizing::new(Vec::with_capacity(body.len()));
        base64.extend(body.bytes().filter(|byte| !byte.is_ascii_whitespace()));
        let mut der = Zeroizing::new(vec![0; decoded_len_estimate(base64.len())]);
        let len = STANDARD
            .decode_slice(base64.as_slice(), &mut der)
            .map_err(|_| KeyError::Malformed { expected, problem: "the content is not valid base64" })?;
        der.truncate(len);
        return Ok((accepted, der));
    }
    Err(unexpected(match other_label {
        Some(label) => describe_label(label),
        None => describe_text(text).to_owned(),
    }))
}

fn describe_label(label: &str) -> String {
    match label {
        "CERTIFICATE" => {
            "a CERTIFICATE; apiclient_cert.pem is the merchant's certificate, not a key".to_owned()
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => format!("a {label}"),
        "PRIVATE KEY" | "RSA PRIVATE KEY" => {
            format!("a {label}; apiclient_key.pem is the merchant's private key and must be kept secret")
        }
        "ENCRYPTED PRIVATE KEY" => {
            "an encrypted private key; decrypt it first, for example with `openssl pkcs8`".to_owned()
        }
        "EC PRIVATE KEY" => "an EC PRIVATE KEY; WeChat Pay uses RSA".to_owned(),
        // The label comes from the file, so its length and characters are limited.
        other => {
            let label: String =
                other.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').take(40).collect();
            format!("a PEM block labelled \"{label}\"")
        }
    }
}

fn describe_text(text: &str) -> &'static str {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        "an empty file"
    } else if text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=\r\n ".contains(&b)) {
        "text without a \"-----BEGIN\" line; it may be base64 without its PEM lines"
    } else {
        "text without a \"-----BEGIN\" line"
    }
}

/// Describes the probable format of a file that is not text.
fn describe_binary(bytes: &[u8]) -> &'static str {
    // PKCS#12, PKCS#8 and X.509 are all DER sequences. Only PKCS#12 begins with the INTEGER 3.
    let der_content = match bytes {
        [0x30, 0x82, _, _, content @ ..] | [0x30, 0x81, _, content @ ..] | [0x30, 0x80, content @ ..] => {
            Some(content)
        }
        _ => None,
    };
    match der_content {
        Some([0x02, 0x01, 0x03, ..]) => {
            "a PKCS#12 file, such as apiclient_cert.p12; extract the PEM with `openssl pkcs12 -nodes`"
        }
        Some(_) => "a DER file; convert it to PEM",
        None => "a file that is not text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem_error(result: Result<impl Sized, KeyError>) -> String {
        match result {
            Err(error @ KeyError::Pem { .. }) => error.to_string(),
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("accepted"),
        }
    }

    #[test]
    fn the_error_describes_what_was_found() {
        let cases: &[(&[u8], &str)] = &[
            (b"", "an empty file"),
            (b"\xef\xbb\xbf \r\n", "an empty file"),
            (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "a CERTIFICATE"),
            (b"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", "a PUBLIC KEY"),
            (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n-----END ENCRYPTED PRIVATE KEY-----", "encrypted"),
            (
                b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nMII=\n-----END RSA PRIVATE KEY-----",
                "encrypted",
            ),
            (b"-----BEGIN EC PRIVATE KEY-----\nMII\n-----END EC PRIVATE KEY-----", "WeChat Pay uses RSA"),
            (b"-----BEGIN PRIVATE KEY-----\nMIIEvg", "without its END line"),
            (b"MIIEvgIBADANBgkqhkiG9w0BAQEFAASC", "base64 without its PEM lines"),
            (b"{\"key\": 1}", "text without"),
            (b"\x30\x82\x0a\x11\x02\x01\x03\x30\x82\x09\xd7", "PKCS#12"),
            (b"\x30\x82\x04\xbe\x02\x01\x00\x30\x82\x09\xd7", "DER"),
            (b"\xff\xfe\x00", "not text"),
        ];
        for (pem, expected) in cases {
            let message = pem_error(private_key(pem).map(|_| ()));
            assert!(message.starts_with("expected a private key in PEM, but found "), "{message}");
            assert!(message.contains(expected), "{message:?} should mention {expected:?}");
        }
        let message = pem_error(certificate(b"-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----"));
        assert!(message.contains("a PRIVATE KEY"), "{message}");
    }

    #[test]
    fn a_long_label_is_truncated() {
        let pem = format!("-----BEGIN {}\u{7}-----\n", "X".repeat(5000));
        assert!(pem_error(public_key(pem.as_bytes()).map(|_| ())).len() < 120);
    }

    #[test]
    fn invalid_base64_is_malformed() {
        let error = public_key(b"-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----").err();
        assert!(matches!(error, Some(KeyError::Malformed { .. })), "{error:?}");
    }
}
