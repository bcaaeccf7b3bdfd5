//! The keys that a signature is opened with, and what the opened signature says about key and algorithm (E1 to E8).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::credentials::Credentials;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::opening::{Opened, OpeningKey, Padding};
use crate::diagnosis::proof::{Hash, Proof};
use crate::protocol::signing_keys::{SigningKeys, public_key_of};

/// The public key of the test merchant whose private key WeChat Pay's documentation shows.
const PUBLISHED: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAptpm+qvIDCh/9wjU26SQ\
CK26ogYkBhDrYxnAaw2JbbBsp1oDbHKk+1r381NeBUG2HEFAuU+Fr72u5ot3yKdz\
oF/FajAzQNKnm569/D3upKoi8mYBaST15Uig8j8qoUW1U217LL0jEHlSnHV3lcaD\
TXqDpTRR4Bfz9IqOgJgFZ8/oTfEomSrjrLYef81Eyxr7ZIMQXEKKEK7V4UXKS0+/\
fDsiG/cXidhzt8UbTL9vqXqxM2+IDImyO+FAc/tkBG55LmzxPto1Nq0WbnZzRM/w\
Tzrd0I/8NlevxtFbphg4evlHjFNI7+GrqR87ViEwuAJJ9Je5QQjct5YJfFRWiZ5C\
MQIDAQAB";

/// Length of a signature by the merchant's key, in bytes.
const DEFAULT_LEN: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Merchant,
    PublicKey,
    Certificate,
    Published,
}

/// All keys that may have been used. They are prepared once.
pub(crate) struct KnownKeys(Vec<(Owner, OpeningKey)>);

/// An opened signature, and the mistakes in key and algorithm.
pub(crate) struct Evidence {
    pub(crate) findings: Vec<Finding>,
    /// `None` if no known key opens the signature.
    pub(crate) proof: Option<Proof>,
}

impl KnownKeys {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        let of_pem = |pem: &str| {
            let text: String = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
            STANDARD.decode(text).ok()
        };
        let keys = [
            (Owner::Merchant, public_key_of(credentials.certificate_pem())),
            (Owner::PublicKey, of_pem(credentials.public_key_pem())),
            (Owner::Certificate, public_key_of(credentials.platform_certificate_pem())),
            (Owner::Published, STANDARD.decode(PUBLISHED).ok()),
        ];
        Self(
            keys.into_iter().filter_map(|(owner, der)| Some((owner, OpeningKey::from_der(&der?)?))).collect(),
        )
    }

    /// Length of a signature by the merchant's key, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().find(|(owner, _)| *owner == Owner::Merchant).map_or(DEFAULT_LEN, |(_, key)| key.len)
    }

    /// Opens a signature with each key, then in reverse byte order. `rotated` are the platform's later certificates.
    /// `right` is the message of the request.
    pub(crate) fn examine(&self, signature: &[u8], rotated: &[OpeningKey], right: &[u8]) -> Evidence {
        let later = rotated.iter().map(|key| (Owner::Certificate, key));
        let keys: Vec<(Owner, &OpeningKey)> =
            self.0.iter().map(|(owner, key)| (*owner, key)).chain(later).collect();
        let open = |bytes: &[u8]| {
            let mut opened = keys.iter().filter_map(|(owner, key)| Some((*owner, key.open(bytes)?)));
            opened.find(|(owner, opened)| opened.certain || *owner == Owner::Merchant)
        };
        let mut findings = Vec::new();
        let reversed: Vec<u8> = signature.iter().rev().copied().collect();
        let opened = open(signature).or_else(|| {
            let opened = open(&reversed)?;
            findings.push(Finding::new(
                "E8",
                "签名的字节序颠倒了（小端序，如Windows CryptoAPI的输出）；应先反转字节再做base64。",
                "The bytes of the signature are in reverse byte order (little-endian, as Windows CryptoAPI writes them); reverse them before base64.",
            ));
            Some(opened)
        });
        let Some((owner, mut opened)) = opened else {
            findings.push(unknown());
            return Evidence { findings, proof: None };
        };
        if let Some(other) = opened.others.iter().find(|proof| proof.proves(right)) {
            opened.proof = other.clone();
        }
        findings.extend(other_key(owner));
        findings.extend(algorithm(&opened));
        Evidence { findings, proof: Some(opened.proof) }
    }
}

/// The keys of the platform's certificates that were added after the start.
pub(crate) fn rotated(keys: &SigningKeys) -> Vec<OpeningKey> {
    let certificates = keys.valid_certificates(0).skip(1);
    certificates.filter_map(|certificate| OpeningKey::from_der(&public_key_of(&certificate.pem)?)).collect()
}

fn unknown() -> Finding {
    Finding::new(
        "E1",
        "签名不是用商户API证书对应的私钥做的，也不是沙箱已知的其他私钥（可能是以前的沙箱或真实商户的私钥，或签名在途中被改动）；请使用 apiclient_key.pem。",
        "The signature was not made with the private key of the merchant's certificate, nor with another key that the sandbox knows: perhaps with that of an earlier sandbox or of a real merchant, or it was changed on the way. Use apiclient_key.pem.",
    )
}

fn other_key(owner: Owner) -> Option<Finding> {
    let (zh, en) = match owner {
        Owner::Merchant => return None,
        Owner::PublicKey => ("微信支付公钥对应的私钥", "the platform's key that belongs to its public key"),
        Owner::Certificate => ("微信支付平台证书的私钥", "the key of a platform certificate"),
        Owner::Published => (
            "官方文档公布的测试商户私钥",
            "the test merchant's private key that the official documentation shows",
        ),
    };
    Some(Finding::new(
        "E2",
        format!("签名用错了私钥：用的是{zh}；应使用商户私钥 apiclient_key.pem。"),
        format!(
            "The signature was made with the wrong private key, {en}; use the merchant's, apiclient_key.pem."
        ),
    ))
}

fn algorithm(opened: &Opened) -> Vec<Finding> {
    let mut findings = Vec::new();
    let hash = match &opened.proof {
        Proof::Digest { hash, .. } | Proof::Pss { hash, .. } => Some(*hash),
        Proof::Message(_) => None,
    };
    match opened.padding {
        Padding::Signature => {}
        Padding::Pss => findings.push(Finding::new(
            "E3",
            "签名的填充方式是RSA-PSS；应为PKCS#1 v1.5（SHA256withRSA）。",
            "The signature has the padding RSA-PSS; it must be PKCS#1 v1.5 (SHA256withRSA).",
        )),
        Padding::WithoutDigestInfo => findings.push(Finding::new(
            "E5",
            "签名中没有（或缺少部分）DigestInfo，只有摘要本身；应使用SHA256withRSA，由它加上DigestInfo。",
            "The signature has no complete DigestInfo around the digest; use SHA256withRSA, which adds it.",
        )),
        Padding::Encryption => findings.push(Finding::new(
            "E7",
            "signature是用私钥直接加密（raw RSA）的结果，而不是签名；应使用签名函数SHA256withRSA。",
            "The signature is the result of encrypting with the private key (raw RSA); use the signing function SHA256withRSA.",
        )),
    }
    if let Some(hash) = hash.filter(|hash| *hash != Hash::Sha256) {
        findings.push(
            Finding::new(
                "E4",
                format!("签名的摘要算法是{}；应为SHA-256。", hash.name()),
                format!("The signature has the hash algorithm {}; it must be SHA-256.", hash.name()),
            )
            .expected(Hash::Sha256.name())
            .got(hash.name()),
        );
    }
    findings
}
