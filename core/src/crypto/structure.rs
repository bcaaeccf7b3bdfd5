//! Recognises DER by its structure, because the label of a PEM block may be wrong.

/// What a DER value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Structure {
    /// A private key of any algorithm in PKCS#8.
    Pkcs8,
    /// An RSA private key in PKCS#1.
    Pkcs1Private,
    /// A private key for elliptic curves, RFC 5915.
    EcPrivate,
    /// A private key of any algorithm that is encrypted with a password.
    EncryptedPrivate,
    /// A public key of any algorithm, `SubjectPublicKeyInfo`.
    Spki,
    /// An RSA public key in PKCS#1.
    Pkcs1Public,
    Certificate,
    CertificateRequest,
    Pkcs12,
    Pkcs7,
    /// The value is longer than the file.
    Truncated,
    Empty,
    Unknown,
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// Recognises a whole file or the content of a PEM block.
pub(super) fn recognise(der: &[u8]) -> Structure {
    if der.is_empty() {
        return Structure::Empty;
    }
    let Some((SEQUENCE, content, rest)) = value(der) else { return of_incomplete(der) };
    if !rest.is_empty() {
        return Structure::Unknown;
    }
    let Some(members) = members(content) else { return Structure::Unknown };
    let tags: Vec<u8> = members.iter().map(|(tag, _)| *tag).collect();
    let content = |index: usize| members.get(index).map_or(&[][..], |(_, content)| content);
    match tags.as_slice() {
        [INTEGER, INTEGER] => Structure::Pkcs1Public,
        // The version, the modulus, two exponents, two primes and three numbers for the Chinese remainder theorem.
        [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, ..] => {
            Structure::Pkcs1Private
        }
        [INTEGER, SEQUENCE, OCTET_STRING, ..] => Structure::Pkcs8,
        [INTEGER, SEQUENCE, ..] if content(0) == [3] => Structure::Pkcs12,
        [INTEGER, OCTET_STRING, ..] => Structure::EcPrivate,
        [SEQUENCE, BIT_STRING] => Structure::Spki,
        [SEQUENCE, OCTET_STRING] => Structure::EncryptedPrivate,
        [SEQUENCE, SEQUENCE, BIT_STRING] => signed(content(0)),
        [OBJECT_IDENTIFIER, ..] => Structure::Pkcs7,
        _ => Structure::Unknown,
    }
}

/// Whether the bytes are a DER file rather than text: a sequence, as all keys and certificates are.
pub(super) fn is_der(bytes: &[u8]) -> bool {
    match bytes {
        [SEQUENCE, 0x80..=0x84, ..] => true,
        _ => value(bytes).is_some_and(|(tag, _, rest)| tag == SEQUENCE && rest.is_empty()),
    }
}

/// Recognises a sequence that does not end, or not in this file.
fn of_incomplete(der: &[u8]) -> Structure {
    match der {
        // PKCS#12 files may be BER, in which a length may be indefinite.
        [SEQUENCE, 0x80, INTEGER, 1, 3, ..] => Structure::Pkcs12,
        [SEQUENCE, 0x82, _, _, INTEGER, 1, 3, SEQUENCE, ..] => Structure::Pkcs12,
        [SEQUENCE, 0x01..=0x7f | 0x81..=0x84, ..] => Structure::Truncated,
        _ => Structure::Unknown,
    }
}

/// Distinguishes what is signed, by the members of its first field.
fn signed(content: &[u8]) -> Structure {
    /// The version of a certificate, `[0] EXPLICIT`.
    const VERSION: u8 = 0xa0;
    let Some(members) = members(content) else { return Structure::Unknown };
    match members.as_slice() {
        [(VERSION, _), (INTEGER, _), ..] => Structure::Certificate,
        // In a certificate of version 1, an algorithm follows the serial number; in a request, a name follows the version.
        [(INTEGER, _), (SEQUENCE, next), (SEQUENCE, _), rest @ ..] => match value(next) {
            Some((OBJECT_IDENTIFIER, ..)) if rest.len() >= 3 => Structure::Certificate,
            Some((OBJECT_IDENTIFIER, ..)) => Structure::Unknown,
            _ => Structure::CertificateRequest,
        },
        _ => Structure::Unknown,
    }
}

/// Splits the members of a sequence. Returns `None` unless they fill it.
fn members(mut content: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut members = Vec::new();
    while !content.is_empty() {
        let (tag, member, rest) = value(content)?;
        members.push((tag, member));
        content = rest;
    }
    Some(members)
}

/// Splits the first value off: its tag, its content, and what follows.
fn value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = der else { return None };
    let (len, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            (
                bytes
                    .iter()
                    .try_fold(0_usize, |len, byte| len.checked_mul(256)?.checked_add((*byte).into()))?,
                rest,
            )
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(len)?;
    Some((*tag, content, rest))
}
