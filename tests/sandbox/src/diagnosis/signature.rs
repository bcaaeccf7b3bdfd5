//! The form of the signature (D1 to D9).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE};
use percent_encoding::percent_decode_str;

use crate::diagnosis::finding::Finding;
use crate::diagnosis::opening::from_hex;

/// Longer signatures are not examined.
const MAX_LEN: usize = 16 * 1024;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_ANY_PADDING: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Decodes a signature, strictly first. `len` is the length that a signature of the merchant's key has. The bytes are
/// `None` if they cannot be an RSA signature.
pub(crate) fn decode(text: &str, len: usize) -> (Option<Vec<u8>>, Option<Finding>) {
    if text.len() > MAX_LEN {
        return (None, Some(length("text", text.len(), len)));
    }
    let strict = STANDARD.decode(text).ok();
    if let Some(bytes) = strict.as_ref().filter(|bytes| bytes.len() == len) {
        return (Some(bytes.clone()), None);
    }
    if let Some((bytes, finding)) = lenient(text, len) {
        return (Some(bytes), Some(finding));
    }
    if let Some(finding) = other_algorithm(text, strict.as_deref()) {
        return (None, Some(finding));
    }
    if text.contains("PRIVATE KEY") {
        let finding = Finding::new(
            "D9",
            "signature处填了私钥；应填用私钥计算的签名的base64。私钥不要发送给任何人。",
            "The private key is in the place of the signature; that is the base64 of a signature made with it. Never send a private key.",
        );
        return (None, Some(finding));
    }
    match strict.or_else(|| ANY_PADDING.decode(text).ok()) {
        Some(bytes) if !bytes.is_empty() => {
            let finding = length("bytes", bytes.len(), len);
            (Some(bytes), Some(finding))
        }
        _ => {
            let finding = Finding::new(
                "D9",
                "signature不是base64，长度或字符不对。",
                "The signature is not base64: its length or its characters are wrong.",
            );
            (
                None,
                Some(
                    finding
                        .expected(format!("{len} bytes in base64"))
                        .got(format!("{} characters", text.chars().count())),
                ),
            )
        }
    }
}

fn lenient(text: &str, len: usize) -> Option<(Vec<u8>, Finding)> {
    let right = |bytes: &Vec<u8>| bytes.len() == len;
    let standard = |text: &str| STANDARD.decode(text).ok().filter(right);
    let hex_digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    if let Some(bytes) = from_hex(hex_digits.trim_start_matches("0x")).filter(right) {
        return Some((
            bytes,
            finding(
                "D1",
                "signature是十六进制（hex）；应为base64。",
                "The signature is in hex; it must be base64.",
            ),
        ));
    }
    if let Some(bytes) = standard(&text.replace(' ', "+")) {
        return Some((
            bytes,
            finding(
                "D5",
                "signature中的加号 + 变成了空格（被当作表单解码）；应原样发送base64。",
                "Each + in the signature became a space, as when a form is decoded; send the base64 as it is.",
            ),
        ));
    }
    let joined = text.replace("\\r", "").replace("\\n", "");
    let joined: String = joined.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(bytes) = standard(&joined) {
        return Some((
            bytes,
            finding(
                "D2",
                "signature中有换行或空白（分行的base64）；应为一行，中间没有换行符 \\n。",
                "The signature has line breaks or blanks in it (base64 in lines); it must be one line without a newline.",
            ),
        ));
    }
    let decoded = percent_decode_str(text).decode_utf8_lossy().into_owned();
    if text.contains('%')
        && let Some(bytes) =
            standard(&decoded).or_else(|| standard(&percent_decode_str(&decoded).decode_utf8_lossy()))
    {
        return Some((
            bytes,
            finding(
                "D3",
                "signature被URL编码了（如 %2B、%3D）；请求头中应原样发送base64。",
                "The signature is URL-encoded (%2B, %3D); send the base64 as it is in the header.",
            ),
        ));
    }
    if text.contains(['-', '_'])
        && let Some(bytes) =
            URL_SAFE.decode(text).ok().or_else(|| URL_ANY_PADDING.decode(text).ok()).filter(right)
    {
        return Some((
            bytes,
            finding(
                "D4",
                "signature是base64url（有 - 和 _）；应为标准base64（有 + 和 /，末尾有 =）。",
                "The signature is base64url, with - and _; use standard base64, with + and / and the padding =.",
            ),
        ));
    }
    let inner = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    if let Some(inner) = inner
        && let Some(bytes) = standard(inner.trim()).or_else(|| from_hex(inner.trim()).filter(right))
    {
        return Some((
            bytes,
            finding(
                "D6",
                "signature编码了两次：base64解码后又是base64或十六进制；应只对签名的字节做一次base64。",
                "The signature was encoded twice: its base64 holds base64 or hex again; encode the bytes of the signature once.",
            ),
        ));
    }
    let bytes = ANY_PADDING.decode(text.trim_end_matches('=')).ok().filter(right)?;
    Some((
        bytes,
        finding(
            "D9",
            "signature的base64长度不对：末尾的 = 丢失或多余。",
            "The length of the signature's base64 is wrong: the padding = at its end is lost, or there is too much of it.",
        ),
    ))
}

/// Signatures that are not RSA.
fn other_algorithm(text: &str, decoded: Option<&[u8]>) -> Option<Finding> {
    let forms = [from_hex(text), decoded.map(<[u8]>::to_vec)];
    let has = |kind: fn(&[u8]) -> bool| forms.iter().flatten().any(|bytes| kind(bytes));
    if has(|bytes| is_digest(bytes.len())) {
        return Some(finding(
            "D7",
            "signature是摘要（APIv2的MD5或HMAC-SHA256签名）；APIv3应使用商户私钥的SHA256-RSA签名。",
            "The signature is a digest, as the MD5 or HMAC-SHA256 of APIv2; APIv3 needs an RSA signature with SHA-256 by the merchant's private key.",
        ));
    }
    has(is_elliptic).then(elliptic)
}

fn is_digest(len: usize) -> bool {
    matches!(len, 16 | 20 | 32)
}

/// A DER sequence of two integers, or two numbers of 32 bytes.
fn is_elliptic(bytes: &[u8]) -> bool {
    match bytes {
        [0x30, len, 0x02, rest @ ..] => {
            usize::from(*len) == rest.len().saturating_add(1) && (60..=140).contains(&rest.len())
        }
        _ => bytes.len() == 64,
    }
}

fn elliptic() -> Finding {
    finding(
        "D8",
        "signature是椭圆曲线签名（ECDSA或SM2）；应使用RSA商户私钥的SHA256-RSA签名。",
        "The signature is one of an elliptic curve (ECDSA or SM2); use an RSA signature with SHA-256.",
    )
}

fn length(what: &str, got: usize, expected: usize) -> Finding {
    finding(
        "D9",
        "signature的长度不对：与商户密钥的长度不符，被截断，或不是签名。",
        "The length of the signature is wrong: it does not fit the merchant's key, it was cut off, or it is no signature.",
    )
    .expected(format!("{expected} bytes"))
    .got(format!("{got} {what}"))
}

fn finding(code: &'static str, zh: &str, en: &str) -> Finding {
    Finding::new(code, zh, en)
}
