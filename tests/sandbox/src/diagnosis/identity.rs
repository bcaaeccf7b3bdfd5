//! Merchant number and serial number of the certificate (C1 to C7).

use crypto_bigint::BoxedUint;

use crate::credentials::Credentials;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::opening::from_hex;
use crate::diagnosis::visible::Shown;
use crate::protocol::auth::{same_serial, serial_digits};
use crate::protocol::standing::{CertificateState, Standing};

pub(crate) fn merchant(mchid: &str, credentials: &Credentials, shown: &Shown<'_>) -> Option<Finding> {
    let own = credentials.mchid();
    if mchid == own || mchid.is_empty() {
        return None;
    }
    let (zh, en) = if mchid.trim() == own {
        ("商户号mchid首尾有空白。", "The merchant number mchid has blanks at its ends.")
    } else if mchid == credentials.appid() {
        ("mchid处填了appid；应填商户号。", "The appid is in the place of mchid; it is the merchant number.")
    } else {
        (
            "商户号mchid不是此沙箱的商户；请使用沙箱生成的商户号（wechatpay.env）。",
            "The merchant number mchid is not that of this sandbox; use the one that it generated (wechatpay.env).",
        )
    };
    Some(Finding::new("C6", zh, en).expected(own).got(shown.text(mchid.as_bytes())))
}

/// `platform` holds the serial numbers of the platform's certificates.
pub(crate) fn serial(
    serial: &str,
    credentials: &Credentials,
    platform: &[String],
    shown: &Shown<'_>,
) -> Option<Finding> {
    let own = credentials.serial_no();
    if same_serial(serial, own) {
        return None;
    }
    let finding = |code, zh: &str, en: &str| {
        Some(Finding::new(code, zh, en).expected(own).got(shown.text(serial.as_bytes())))
    };
    let trimmed = serial.trim();
    if trimmed.trim_start_matches('0').is_empty() {
        return finding(
            "C5",
            "证书序列号serial_no是空的或是0；应为商户API证书的序列号（40位十六进制）。",
            "The serial number serial_no is empty or 0; it is that of the merchant's certificate, 40 hex digits.",
        );
    }
    if is_decimal_of(trimmed, own) {
        return finding(
            "C1",
            "证书序列号serial_no是十进制；应为十六进制（40位）。",
            "The serial number serial_no is in decimal; it must be in hex, 40 digits.",
        );
    }
    let same =
        |other: &String| same_serial(trimmed, other) || trimmed == other || is_decimal_of(trimmed, other);
    if trimmed.starts_with("PUB_KEY_ID") || platform.iter().any(same) {
        return finding(
            "C4",
            "证书序列号serial_no是微信支付平台证书的序列号或公钥ID；应为商户API证书的序列号。",
            "The serial number serial_no is that of a platform certificate, or the ID of the platform's public key; it is that of the merchant's certificate.",
        );
    }
    if is_without_zeros(trimmed, own) {
        return finding(
            "C3",
            "证书序列号serial_no丢失了零：某些字节的前导零没有写出；每个字节都应写成两位十六进制。",
            "The serial number serial_no has lost leading zeros of its bytes; write each byte as two hex digits.",
        );
    }
    if other_form(trimmed, own) {
        return finding(
            "C2",
            "证书序列号serial_no的写法不对（如带 0x、冒号、空格，或字节颠倒）；应为40位十六进制，中间没有其他字符。",
            "The serial number serial_no is in another form (0x, colons, blanks, reversed bytes); it is 40 hex digits without anything between them.",
        );
    }
    finding(
        "C2",
        "证书序列号serial_no不是此商户API证书的序列号，可能是另一个证书或以前的沙箱的；请使用与私钥匹配的证书的序列号。",
        "The serial number serial_no is not that of this merchant's certificate; perhaps it is of another certificate or of an earlier sandbox. Use that of the certificate that belongs to the private key.",
    )
}

/// What `POST /_sandbox/merchant/certificate` has set.
pub(crate) fn standing(standing: Standing) -> Vec<Finding> {
    let (zh, en) = match standing.certificate {
        CertificateState::Valid => ("", ""),
        CertificateState::Expired => ("商户API证书已过期", "expired"),
        CertificateState::Revoked => ("商户API证书已作废", "revoked"),
        CertificateState::Replaced => ("商户API证书已被新证书替换", "replaced by a new one"),
        CertificateState::None => ("商户未申请过API证书", "never applied for"),
    };
    let mut findings = Vec::new();
    if !standing.api_v3_key {
        findings.push(Finding::new(
            "C7",
            "商户未设置APIv3密钥：沙箱按 POST /_sandbox/merchant/certificate 的设置拒绝请求。",
            "The merchant has set no APIv3 key: POST /_sandbox/merchant/certificate told the sandbox to refuse for that.",
        ));
    }
    if !zh.is_empty() {
        findings.push(Finding::new(
            "C7",
            format!("{zh}：沙箱按 POST /_sandbox/merchant/certificate 的设置拒绝请求。"),
            format!("The merchant's certificate was {en}: POST /_sandbox/merchant/certificate told the sandbox to refuse for that."),
        ));
    }
    findings
}

fn bytes(serial: &str) -> Option<Vec<u8>> {
    let digits = serial_digits(serial)?;
    from_hex(&if digits.len().is_multiple_of(2) { digits } else { format!("0{digits}") })
}

/// Whether the text is the number in decimal, or its beginning with an exponent.
fn is_decimal_of(text: &str, own: &str) -> bool {
    let Some(number) = bytes(own) else { return false };
    let decimal = BoxedUint::from_be_slice_vartime(&number).to_string_radix_vartime(10);
    let decimal = decimal.trim_start_matches('0');
    // `%.0f`, or a floating-point number such as 3.85E+47.
    let mantissa = text.split(['E', 'e']).next().unwrap_or_default().replace('.', "");
    let floating = text.contains(['E', 'e']) && text.contains(['.', '+']) && mantissa.len() >= 3;
    let begins =
        floating && decimal.starts_with(mantissa.get(..mantissa.len().saturating_sub(1)).unwrap_or("-"));
    text.trim_start_matches(['-', '0']) == decimal || begins
}

fn is_without_zeros(text: &str, own: &str) -> bool {
    let Some(number) = bytes(own) else { return false };
    let short: String = number.iter().map(|byte| format!("{byte:X}")).collect();
    text.eq_ignore_ascii_case(&short)
}

fn other_form(text: &str, own: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let text =
        text.trim_start_matches("serial=").trim_start_matches("serialnumber:").trim_start_matches("0x");
    let plain: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let others = text
        .chars()
        .filter(|c| !c.is_ascii_hexdigit())
        .all(|c| c.is_whitespace() || ":-_.,[]{}()\"'xh".contains(c));
    let reversed =
        bytes(own).map(|bytes| bytes.iter().rev().map(|byte| format!("{byte:02x}")).collect::<String>());
    others && (same_serial(&plain, own) || reversed.is_some_and(|reversed| reversed == plain))
}
