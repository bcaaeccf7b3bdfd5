//! A minimal DER reader and writer for RSA keys, independent of the one in the core.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The numbers of an `RSAPrivateKey` (RFC 8017, A.1.2), starting with the modulus.
pub const NAMES: [&str; 8] = ["n", "e", "d", "p", "q", "dP", "dQ", "qInv"];

/// A PEM block.
pub fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match content.len() {
        0..128 => vec![tag, len[1]],
        128..256 => vec![tag, 0x81, len[1]],
        _ => vec![tag, 0x82, len[0], len[1]],
    };
    [head.as_slice(), content].concat()
}

/// An INTEGER with this big-endian value.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = &bytes[zeros..];
    let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 128) { &[0] } else { &[] };
    tlv(2, &[sign, digits].concat())
}

/// A SEQUENCE of INTEGERs.
pub fn sequence(numbers: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &numbers.iter().flat_map(|number| integer(number)).collect::<Vec<_>>())
}

/// The content of the first value, and the bytes that follow the value.
fn value(der: &[u8]) -> (&[u8], &[u8]) {
    let (head, len) = match der[1] {
        0x82 => (4, usize::from(u16::from_be_bytes([der[2], der[3]]))),
        0x81 => (3, usize::from(der[2])),
        short => (2, usize::from(short)),
    };
    (&der[head..head + len], &der[head + len..])
}

/// The version and the numbers of a PEM private key in PKCS#1 or PKCS#8.
pub fn private_key(pem: &str) -> Vec<Vec<u8>> {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(base64).unwrap();
    let mut pkcs1 = der.as_slice();
    if pem.starts_with("-----BEGIN PRIVATE KEY-----") {
        // PrivateKeyInfo: version, algorithm, OCTET STRING.
        let (info, _) = value(&der);
        let (_, after_version) = value(info);
        let (_, key) = value(after_version);
        (pkcs1, _) = value(key);
    }
    let (mut rest, _) = value(pkcs1);
    let mut numbers = Vec::new();
    while !rest.is_empty() {
        let (number, next) = value(rest);
        numbers.push(number.to_vec());
        rest = next;
    }
    // Encoding the numbers again must give the same bytes.
    assert_eq!((sequence(&numbers).as_slice(), numbers.len()), (pkcs1, 1 + NAMES.len()));
    numbers
}
