//! Takes a key or a certificate from any file that a merchant has, or describes what the file contains instead.

use super::KeyError;
use super::pem::{Block, Content, blocks};
use super::rsa_key::{RsaPrivateKey, RsaPublicKey};
use super::structure::{Structure, is_der, recognise};
use super::text::clean;
use super::x509::Certificate;

const PRIVATE_KEY: &str = "private key";
const PUBLIC_KEY: &str = "public key";
const CERTIFICATE: &str = "certificate";

/// Reads `apiclient_key.pem`: PKCS#8, as the console provides it, or PKCS#1.
pub(crate) fn private_key(file: &[u8]) -> Result<RsaPrivateKey, KeyError> {
    take(file, PRIVATE_KEY, |structure, der| match structure {
        Structure::Pkcs8 => Some(RsaPrivateKey::from_pkcs8(der)),
        Structure::Pkcs1Private => Some(RsaPrivateKey::from_pkcs1(der)),
        _ => None,
    })
}

/// Reads `pub_key.pem`: a SubjectPublicKeyInfo or a bare PKCS#1 key.
pub(crate) fn public_key(file: &[u8]) -> Result<RsaPublicKey, KeyError> {
    take(file, PUBLIC_KEY, |structure, der| match structure {
        Structure::Spki => Some(RsaPublicKey::from_spki(der)),
        Structure::Pkcs1Public => Some(RsaPublicKey::from_pkcs1(der)),
        _ => None,
    })
}

/// Reads an X.509 certificate with an RSA key.
pub(crate) fn certificate(file: &[u8]) -> Result<Certificate, KeyError> {
    take(file, CERTIFICATE, |structure, der| {
        (structure == Structure::Certificate).then(|| Certificate::from_der(der))
    })
}

/// Reads all certificates of a file, in DER. Their keys may be of any algorithm. One that cannot be used is an error,
/// because it would be missing.
pub(super) fn certificates(file: &[u8]) -> Result<Vec<Vec<u8>>, KeyError> {
    let blocks = blocks(file);
    let certificates = blocks.iter().filter_map(|block| match &block.content {
        Content::Decoded(der) if recognise(der) == Structure::Certificate => Some(der.to_vec()),
        _ => None,
    });
    let certificates: Vec<_> = certificates.collect();
    let is_broken = |block: &Block| {
        !is_usable(block)
            && block.label.as_ref().and_then(|label| kind_of_label(&label.0)) == Some(CERTIFICATE)
    };
    match certificates.is_empty() || blocks.iter().any(is_broken) {
        true => Err(describe(&blocks, file, CERTIFICATE)),
        false => Ok(certificates),
    }
}

/// Returns the first block that `read` accepts. `read` returns `None` for blocks of another kind.
fn take<T>(
    file: &[u8],
    expected: &'static str,
    read: impl Fn(Structure, &[u8]) -> Option<Result<T, KeyError>>,
) -> Result<T, KeyError> {
    let blocks = blocks(file);
    let mut problem = None;
    for block in &blocks {
        let Content::Decoded(der) = &block.content else { continue };
        match read(recognise(der), der) {
            Some(Ok(found)) => return Ok(found),
            Some(Err(error)) => _ = problem.get_or_insert(error),
            None => {}
        }
    }
    Err(problem.unwrap_or_else(|| describe(&blocks, file, expected)))
}

/// Describes a file without the expected kind of block.
fn describe(blocks: &[Block], file: &[u8], expected: &'static str) -> KeyError {
    // A block that cannot be used at all is more likely to be the expected one than a good block of another kind.
    let Some(block) = blocks.iter().find(|block| !is_usable(block)).or(blocks.first()) else {
        return KeyError::Pem { expected, found: of_file(file).to_owned() };
    };
    if let Some(found) = of_structure(block, expected) {
        return KeyError::Pem { expected, found: found.to_owned() };
    }
    let label = block.label.as_ref().map(|label| label.0.as_str());
    let found = match (&block.content, label) {
        (Content::NoEnd, Some(label)) => {
            format!("{} without its END line; the file is truncated", labelled(label))
        }
        (Content::Encrypted, _) => ENCRYPTED.to_owned(),
        (Content::NotBase64, Some(label)) if kind_of_label(label) == Some(expected) => {
            return KeyError::Malformed { expected, problem: "the content is not valid base64" };
        }
        (Content::Decoded(der), label)
            if label.is_none_or(|label| kind_of_label(label) == Some(expected)) =>
        {
            let problem = match recognise(der) {
                Structure::Empty => "it is empty",
                Structure::Truncated => "it is truncated; a part of the file is missing",
                _ => "its content is not in a known format",
            };
            return KeyError::Malformed { expected, problem };
        }
        (_, label) => of_label(label.unwrap_or_default(), expected),
    };
    KeyError::Pem { expected, found }
}

const ENCRYPTED: &str = "an encrypted private key; decrypt it first, for example with \
                         `openssl pkey -in encrypted.pem -out decrypted.pem`";
const EC: &str = "an EC private key; WeChat Pay uses RSA";

/// Whether a block is something that one of the functions above reads.
fn is_usable(block: &Block) -> bool {
    use Structure::{Certificate, Pkcs1Private, Pkcs1Public, Pkcs8, Spki};
    let Content::Decoded(der) = &block.content else { return false };
    matches!(recognise(der), Pkcs8 | Pkcs1Private | Spki | Pkcs1Public | Certificate)
}

/// Describes a block by its structure. Returns `None` when it says nothing, or the block is of the expected kind.
fn of_structure(block: &Block, expected: &str) -> Option<&'static str> {
    let Content::Decoded(der) = &block.content else { return None };
    match recognise(der) {
        Structure::Pkcs8 | Structure::Pkcs1Private => of_kind(PRIVATE_KEY, expected),
        Structure::Spki | Structure::Pkcs1Public => of_kind(PUBLIC_KEY, expected),
        Structure::Certificate => of_kind(CERTIFICATE, expected),
        Structure::EcPrivate => Some(EC),
        Structure::EncryptedPrivate => Some(ENCRYPTED),
        Structure::CertificateRequest => Some(
            "a certificate request (CSR); the certificate is apiclient_cert.pem, which the console issues for it",
        ),
        Structure::Pkcs12 => Some(
            "a PKCS#12 file, such as apiclient_cert.p12; extract the PEM with \
             `openssl pkcs12 -in apiclient_cert.p12 -nodes`, whose password is the merchant number",
        ),
        Structure::Pkcs7 => Some("a PKCS#7 file; extract the certificates with `openssl pkcs7 -print_certs`"),
        Structure::Truncated | Structure::Empty | Structure::Unknown => None,
    }
}

/// Describes something of one kind where another kind is expected.
fn of_kind(kind: &'static str, expected: &str) -> Option<&'static str> {
    Some(match (kind, expected) {
        (CERTIFICATE, PUBLIC_KEY) => {
            "a certificate; add a platform certificate with PlatformKeys::add_certificate; apiclient_cert.pem is the \
             merchant's own certificate and is not needed here"
        }
        (CERTIFICATE, PRIVATE_KEY) => {
            "a certificate; apiclient_cert.pem is the merchant's certificate, and apiclient_key.pem is its private key"
        }
        (PUBLIC_KEY, CERTIFICATE) => {
            "a public key; add WeChat Pay's public key, pub_key.pem, with PlatformKeys::add_public_key"
        }
        (PUBLIC_KEY, PRIVATE_KEY) => "a public key; the merchant's private key is apiclient_key.pem",
        (PRIVATE_KEY, PUBLIC_KEY | CERTIFICATE) => {
            "a private key; apiclient_key.pem is the merchant's private key and must be kept secret"
        }
        _ => return None,
    })
}

/// The kind that a label promises.
fn kind_of_label(label: &str) -> Option<&'static str> {
    match label {
        "PRIVATE KEY" | "RSA PRIVATE KEY" => Some(PRIVATE_KEY),
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Some(PUBLIC_KEY),
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Some(CERTIFICATE),
        _ => None,
    }
}

/// Describes a block by its label, because its content says nothing.
fn of_label(label: &str, expected: &str) -> String {
    match label {
        "ENCRYPTED PRIVATE KEY" => ENCRYPTED.to_owned(),
        "EC PRIVATE KEY" | "EC PARAMETERS" => EC.to_owned(),
        "OPENSSH PRIVATE KEY" => "an OpenSSH key; the merchant's private key is apiclient_key.pem".to_owned(),
        _ => match kind_of_label(label).and_then(|kind| of_kind(kind, expected)) {
            Some(text) => text.to_owned(),
            None => labelled(label),
        },
    }
}

fn labelled(label: &str) -> String {
    match label {
        "" => "a PEM block without a usual label".to_owned(),
        label => format!("a PEM block labelled \"{label}\""),
    }
}

/// Describes a file in which there is nothing like a key.
fn of_file(file: &[u8]) -> &'static str {
    let text = clean(file);
    let text = text.trim_ascii();
    match file {
        [0xfe, 0xed, 0xfe, 0xed, ..] => {
            return "a Java keystore; use the PEM files of the merchant's certificate download";
        }
        [b'P', b'K', 3, 4, ..] => return "a ZIP file; unpack it and use the PEM file in it",
        _ => {}
    }
    let contains = |words: &str| text.windows(words.len()).any(|window| window == words.as_bytes());
    if text.is_empty() {
        "an empty file"
    } else if looks_like_a_path(file) {
        "what looks like a path; pass the content of the file"
    } else if text.starts_with(b"ssh-") {
        "an OpenSSH public key; WeChat Pay's files are PEM"
    } else if contains("-END ") {
        "an END line without its BEGIN line; the file is truncated"
    } else if contains("\"kty\"") || contains("<RSAKeyValue>") {
        "a key in JSON or XML; convert it to PEM"
    } else if file.iter().any(|byte| *byte < b' ' && !byte.is_ascii_whitespace()) && !is_der(file) {
        "a file that is not text"
    } else if text.starts_with(b"MII") {
        "the beginning of base64 of a key or certificate; the file is truncated or damaged"
    } else if text
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || b"+/=-_".contains(b))
    {
        "text without a \"-----BEGIN\" line, and not base64 of a key or certificate either"
    } else {
        "text without a \"-----BEGIN\" line"
    }
}

/// Whether this is the name of a file. Base64 is much longer than a name, or does not begin or end like one.
fn looks_like_a_path(text: &[u8]) -> bool {
    let text = match text.trim_ascii() {
        [b'"' | b'\'', inner @ .., b'"' | b'\''] => inner,
        text => text,
    };
    let name = text.len() <= 1024 && !text.iter().any(|byte| byte.is_ascii_control());
    let begins =
        [&b"/"[..], b"./", b"../", b"~", b"\\\\", b"file:"].iter().any(|start| text.starts_with(start))
            || matches!(text, [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    let ends = text.rsplit(|byte| *byte == b'.').next().is_some_and(|extension| {
        extension.len() < text.len()
            && (2..=4).contains(&extension.len())
            && extension.iter().all(u8::is_ascii_alphanumeric)
    });
    name && (begins || ends)
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
            (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "a certificate"),
            (b"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", "a public key"),
            (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n-----END ENCRYPTED PRIVATE KEY-----", "encrypted"),
            (
                b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nMII=\n-----END RSA PRIVATE KEY-----",
                "encrypted",
            ),
            (b"-----BEGIN EC PRIVATE KEY-----\nMII\n-----END EC PRIVATE KEY-----", "WeChat Pay uses RSA"),
            (b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n-----END OPENSSH PRIVATE KEY-----", "OpenSSH"),
            (b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ user@host", "OpenSSH public key"),
            (b"-----BEGIN PRIVATE KEY-----\nMIIEvg", "without its END line"),
            (b"-----BEGIN PRIVATE KEY-----", "without its END line"),
            (b"MIIEvg\n-----END PRIVATE KEY-----", "without its BEGIN line"),
            (b"AAAAgIBADANBgkqhkiG9w0BAQEFAASC", "not base64 of a key"),
            (b"{\"key\": 1}", "text without"),
            (b"{\"kty\":\"RSA\"}", "JSON"),
            (b"\x30\x82\x0a\x11\x02\x01\x03\x30\x82\x09\xd7", "PKCS#12"),
            (b"\x30\x80\x02\x01\x03\x30\x80", "password is the merchant number"),
            (b"\xfe\xed\xfe\xed\0\0\0\x02", "Java keystore"),
            (b"PK\x03\x04\x14\0", "ZIP"),
            (b"\x01\x02\x00", "not text"),
            (b"/etc/wechatpay/apiclient_key.pem", "a path"),
            (b"/run/secrets/key\n", "a path"),
            (b"apiclient_key.pem", "a path"),
            (b"\"./cert/apiclient_key.pem\"", "a path"),
            (b"C:\\new\\apiclient_key.pem", "a path"),
        ];
        for (pem, expected) in cases {
            let message = pem_error(private_key(pem).map(|_| ()));
            assert!(message.starts_with("expected a private key in PEM, but found "), "{message}");
            assert!(message.contains(expected), "{message:?} should mention {expected:?}");
        }
        let message = pem_error(certificate(b"-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----"));
        assert!(message.contains("a private key"), "{message}");
    }

    #[test]
    fn a_long_label_is_not_shown() {
        for label in ["X".repeat(5000), "MIIEvgIBADANBgkq".to_owned()] {
            let pem = format!("-----BEGIN {label}\u{7}-----\n");
            let message = pem_error(public_key(pem.as_bytes()).map(|_| ()));
            assert!(message.len() < 160 && !message.contains(&label), "{message}");
        }
    }

    #[test]
    fn broken_content_is_malformed() {
        for (content, expected) in
            [("!!!!", "base64"), ("", "empty"), ("MIIBIjANBgkq", "truncated"), ("AAAA", "known format")]
        {
            let pem = format!("-----BEGIN PUBLIC KEY-----\n{content}\n-----END PUBLIC KEY-----");
            let error = public_key(pem.as_bytes()).err();
            assert!(matches!(error, Some(KeyError::Malformed { .. })), "{error:?}");
            assert!(error.unwrap().to_string().contains(expected), "{content}");
        }
        let truncated = public_key(b"\x30\x82\x01\x22\x30\x0d\x06\x09").err().unwrap().to_string();
        assert!(truncated.contains("truncated"), "{truncated}");
    }
}
