//! Opens RSA signatures with public keys: the padding tells the algorithm, and what is inside was signed.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Decode as _, Reader as _, SliceReader};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use crate::diagnosis::proof::{Hash, Proof};

/// DigestInfo of each hash without the digest, with the parameter NULL (RFC 8017, 9.2).
const DIGEST_INFOS: [(Hash, &[u8]); 5] = [
    (Hash::Sha256, b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"),
    (Hash::Sha1, b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"),
    (Hash::Sha384, b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"),
    (Hash::Sha512, b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"),
    (Hash::Md5, b"\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10"),
];
/// SHA-256 without the parameter.
const WITHOUT_NULL: &[u8] = b"\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20";

/// Zeros before the salt of RSA-PSS that do not occur by chance.
const CERTAIN: usize = 3;

/// A public key, ready for use.
pub(crate) struct OpeningKey {
    parameters: BoxedMontyParams,
    exponent: BoxedUint,
    /// Length of the modulus in bytes.
    pub(crate) len: usize,
}

/// How the content of a signature is padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Padding {
    /// PKCS#1 v1.5 with a DigestInfo: the right one.
    Signature,
    /// PKCS#1 v1.5 with a DigestInfo that lacks its parameter, or without any.
    WithoutDigestInfo,
    /// PKCS#1 v1.5, as encryption with the private key makes it, or none at all.
    Encryption,
    Pss,
}

/// An opened signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) padding: Padding,
    pub(crate) proof: Proof,
    /// What the content may prove instead.
    pub(crate) others: Vec<Proof>,
    /// Whether it is not by chance that the content has this form. If not, the chance is about 1 in 10 000.
    pub(crate) certain: bool,
}

impl Opened {
    fn new(padding: Padding, proof: Proof) -> Self {
        Self { padding, proof, others: Vec::new(), certain: true }
    }
}

impl OpeningKey {
    /// Reads a key from a DER-encoded SubjectPublicKeyInfo.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
        let mut reader = SliceReader::new(info.subject_public_key.raw_bytes()).ok()?;
        let read = reader.sequence(|inner| {
            Ok::<_, x509_cert::der::Error>((UintRef::decode(inner)?, UintRef::decode(inner)?))
        });
        let (modulus, exponent) = read.ok()?;
        let (modulus, exponent) = (modulus.as_bytes(), exponent.as_bytes());
        if modulus.len() < 64 || modulus.len() > 1024 || exponent.is_empty() || exponent.len() > 8 {
            return None;
        }
        let odd = Odd::new(BoxedUint::from_be_slice_vartime(modulus)).into_option()?;
        Some(Self {
            parameters: BoxedMontyParams::new_vartime(odd),
            exponent: BoxedUint::from_be_slice_vartime(exponent),
            len: modulus.len(),
        })
    }

    /// Opens a signature, which may have lost leading zeros. Returns `None` if it is not one of this key.
    pub(crate) fn open(&self, signature: &[u8]) -> Option<Opened> {
        let bits = self.parameters.bits_precision();
        let signature = BoxedUint::from_be_slice(signature, bits).ok()?;
        if signature >= *self.parameters.modulus().as_ref() {
            return None;
        }
        let power =
            BoxedMontyForm::new(signature, &self.parameters).pow(&self.exponent).retrieve().to_be_bytes();
        let content = power.get(power.len().checked_sub(self.len)?..)?;
        version_1_5(content).or_else(|| pss(content)).or_else(|| unpadded(content))
    }
}

fn version_1_5(content: &[u8]) -> Option<Opened> {
    let kind = match content.get(..2)? {
        [0, 1] => 1,
        [0, 2] => 2,
        _ => return None,
    };
    let padded = content.get(2..)?;
    let padding = padded.iter().position(|byte| *byte == 0)?;
    let fill = padded.get(..padding)?;
    if padding < 8 || (kind == 1 && fill.iter().any(|byte| *byte != 0xFF)) {
        return None;
    }
    let inside = padded.get(padding..)?.get(1..)?;
    if kind == 2 {
        // Random padding proves little, so only a known content counts.
        let known = digest_info(inside).or_else(|| digest_itself(inside));
        return Some(Opened::new(Padding::Encryption, known?));
    }
    if let Some(proof) = digest_info(inside) {
        return Some(Opened::new(Padding::Signature, proof));
    }
    if let Some(digest) = inside.strip_prefix(WITHOUT_NULL) {
        let proof = Proof::Digest { hash: Hash::Sha256, digest: digest.to_vec() };
        return Some(Opened::new(Padding::WithoutDigestInfo, proof));
    }
    Some(match digest_itself(inside) {
        Some(proof @ Proof::Digest { .. }) if inside.len() <= 64 && !inside.is_ascii() => {
            Opened::new(Padding::WithoutDigestInfo, proof)
        }
        Some(proof) => Opened::new(Padding::Encryption, proof),
        None => Opened::new(Padding::Encryption, Proof::Message(inside.to_vec())),
    })
}

fn digest_info(inside: &[u8]) -> Option<Proof> {
    let read = |(hash, prefix): &(Hash, &[u8])| {
        let digest = inside.strip_prefix(*prefix).filter(|digest| digest.len() == hash.len())?;
        Some(Proof::Digest { hash: *hash, digest: digest.to_vec() })
    };
    DIGEST_INFOS.iter().find_map(read)
}

/// A digest, or its hex digits.
fn digest_itself(inside: &[u8]) -> Option<Proof> {
    let proof = |bytes: Vec<u8>| {
        let hash = Hash::KNOWN.into_iter().find(|hash| hash.len() == bytes.len())?;
        Some(Proof::Digest { hash, digest: bytes })
    };
    let digits = std::str::from_utf8(inside).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
    match digits.and_then(from_hex) {
        Some(bytes) => proof(bytes),
        None => proof(inside.to_vec()),
    }
}

/// A content without padding has many leading zeros.
fn unpadded(content: &[u8]) -> Option<Opened> {
    let zeros = content.iter().take_while(|byte| **byte == 0).count();
    let inside = content.get(zeros..).filter(|inside| !inside.is_empty())?;
    if zeros < 32 {
        return None;
    }
    // The digest itself may begin with zeros.
    let last = content.len().checked_sub(Hash::Sha256.len()).filter(|_| inside.len() <= 32);
    let known = digest_info(inside).or_else(|| digest_itself(inside));
    let digest = last.and_then(|last| content.get(last..)).and_then(digest_itself);
    let proof = digest.or(known).unwrap_or_else(|| Proof::Message(inside.to_vec()));
    Some(Opened::new(Padding::Encryption, proof))
}

/// RSA-PSS with any of the known hashes for the digest and for the mask (RFC 8017, 9.1.2).
fn pss(content: &[u8]) -> Option<Opened> {
    let (last, rest) = content.split_last()?;
    if *last != 0xBC || content.first()? & 0x80 != 0 {
        return None;
    }
    let hashes = Hash::KNOWN.into_iter().filter(|hash| *hash != Hash::Md5);
    let pairs = hashes.clone().flat_map(|hash| hashes.clone().map(move |mask| (hash, mask)));
    let read = |(hash, mask): (Hash, Hash)| {
        let (masked, digest) = rest.split_at_checked(rest.len().checked_sub(hash.len())?)?;
        let mask_bytes = generate_mask(mask, digest, masked.len())?;
        let mut block: Vec<u8> = masked.iter().zip(mask_bytes).map(|(one, other)| one ^ other).collect();
        if let Some(first) = block.first_mut() {
            *first &= 0x7F;
        }
        let zeros = block.iter().take_while(|byte| **byte == 0).count();
        let salt = block.get(zeros..)?.strip_prefix(&[1])?;
        // With the longest salt, the default of OpenSSL, there are no zeros. Then unusual pairs are more likely chance.
        let usual = hash == mask || (hash, mask) == (Hash::Sha256, Hash::Sha1);
        (zeros >= CERTAIN || usual)
            .then(|| (zeros, Proof::Pss { hash, salt: salt.to_vec(), digest: digest.to_vec() }))
    };
    let mut found: Vec<(usize, Proof)> = pairs.filter_map(read).collect();
    found.sort_by_key(|(zeros, _)| std::cmp::Reverse(*zeros));
    let certain = found.first()?.0 >= CERTAIN;
    let mut proofs = found.into_iter().map(|(_, proof)| proof);
    Some(Opened { padding: Padding::Pss, proof: proofs.next()?, others: proofs.collect(), certain })
}

fn generate_mask(hash: Hash, seed: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut mask = Vec::new();
    for counter in 0..u32::MAX {
        if mask.len() >= len {
            break;
        }
        mask.extend(hash.of(&[seed, &counter.to_be_bytes()].concat())?);
    }
    mask.truncate(len);
    Some(mask)
}

/// Decodes hex digits.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| u8::try_from(c.to_digit(16)?).ok()).collect::<Option<_>>()?;
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0_u8, |byte, digit| byte.wrapping_shl(4) | digit))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_key_is_refused() {
        for der in [&b""[..], b"\x30\x00", &[0x30; 400]] {
            assert!(OpeningKey::from_der(der).is_none());
        }
    }
}
