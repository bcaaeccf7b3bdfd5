//! What an opened signature proves: the message that was signed, or its digest.

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// What the client signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof {
    Digest {
        hash: Hash,
        digest: Vec<u8>,
    },
    /// RSA-PSS: the hash of eight zeros, the digest and the salt.
    Pss {
        hash: Hash,
        salt: Vec<u8>,
        digest: Vec<u8>,
    },
    /// The message itself.
    Message(Vec<u8>),
}

/// How a digest was hashed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Bytes,
    LowerHex,
    UpperHex,
    Base64,
}

impl Hash {
    pub(crate) const KNOWN: [Self; 5] = [Self::Sha256, Self::Sha1, Self::Sha384, Self::Sha512, Self::Md5];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    pub(crate) fn len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// `None` for MD5, which is recognised only.
    pub(crate) fn of(self, message: &[u8]) -> Option<Vec<u8>> {
        Some(digest(self.algorithm()?, message).as_ref().to_vec())
    }

    fn algorithm(self) -> Option<&'static Algorithm> {
        match self {
            Self::Md5 => None,
            Self::Sha1 => Some(&SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha256 => Some(&SHA256),
            Self::Sha384 => Some(&SHA384),
            Self::Sha512 => Some(&SHA512),
        }
    }
}

impl Proof {
    /// Whether a message can be compared with it.
    pub(crate) fn is_usable(&self) -> bool {
        !matches!(self, Self::Digest { hash: Hash::Md5, .. })
    }

    /// Whether this is the message that was signed.
    pub(crate) fn proves(&self, message: &[u8]) -> bool {
        match self {
            Self::Message(signed) => signed == message,
            Self::Digest { hash, digest: signed } => hash
                .algorithm()
                .is_some_and(|algorithm| digest(algorithm, message).as_ref() == signed.as_slice()),
            Self::Pss { hash, salt, digest } => {
                let hashed = hash.of(message).and_then(|hashed| hash.of(&[&[0; 8], &*hashed, salt].concat()));
                hashed.is_some_and(|hashed| hashed == *digest)
            }
        }
    }

    /// Whether the digest of this message was hashed again before it was signed.
    pub(crate) fn proves_again(&self, message: &[u8]) -> Option<Again> {
        if !matches!(self, Self::Digest { hash: Hash::Sha256, .. }) {
            return None;
        }
        let once = Hash::Sha256.of(message)?;
        let ways = [
            (Again::Bytes, once.clone()),
            (Again::LowerHex, hex(&once).into_bytes()),
            (Again::UpperHex, hex(&once).to_ascii_uppercase().into_bytes()),
            (Again::Base64, STANDARD.encode(&once).into_bytes()),
        ];
        ways.into_iter().find(|(_, bytes)| self.proves(bytes)).map(|(way, _)| way)
    }

    /// Name and hex digits of the digest of the message that was signed, if they are known.
    pub(crate) fn digest(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Digest { hash, digest } => Some((hash.name(), hex(digest))),
            Self::Message(message) => Some((Hash::Sha256.name(), hex(&Hash::Sha256.of(message)?))),
            Self::Pss { .. } => None,
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
