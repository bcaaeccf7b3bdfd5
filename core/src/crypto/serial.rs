//! The serial numbers of certificates, in one normal form, and the ids of public keys.

use std::borrow::Cow;

use super::{KeyError, text};

/// The beginning of the id of a WeChat Pay public key.
const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_";

/// RFC 5280 limits serial numbers to 20 bytes.
const MAX_DIGITS: usize = 40;

/// Returns the normal form of the serial number of a merchant's certificate, as software prints it: with `serial=` or
/// `0x`, colons, spaces and line ends, in any case, with or without leading zeros.
pub(crate) fn normal(text: &str) -> Result<String, KeyError> {
    let refused = |problem| Err(KeyError::Serial { problem });
    let text = text::trimmed(text);
    if without_prefix(&text, PUBLIC_KEY_ID).is_some() {
        return refused(
            "the serial number must be that of the merchant's certificate, not the id of WeChat Pay's public key",
        );
    }
    let prefixes = ["serial number", "serial", ":", "=", "0x"];
    let digits = prefixes
        .into_iter()
        .fold(text.as_str(), |text, prefix| without_prefix(text, prefix).unwrap_or(text).trim_start());
    let digits: String = digits.chars().filter(|c| *c != ':' && !c.is_whitespace()).collect();
    if digits.is_empty() {
        return refused(
            "the serial number of the merchant's certificate is empty; \
             `openssl x509 -in apiclient_cert.pem -noout -serial` prints it",
        );
    }
    if !is_hexadecimal(&digits) {
        return refused(
            "the serial number of the merchant's certificate must consist of hexadecimal digits; \
             `openssl x509 -in apiclient_cert.pem -noout -serial` prints it",
        );
    }
    let number = number(&digits);
    if number.len() <= MAX_DIGITS {
        Ok(number)
    } else if digits.bytes().all(|digit| digit.is_ascii_digit()) {
        refused(
            "the serial number of the merchant's certificate is a decimal number, but must be hexadecimal; \
             `openssl x509 -in apiclient_cert.pem -noout -serial` prints the hexadecimal form",
        )
    } else {
        refused(
            "the serial number of the merchant's certificate has more than 40 hexadecimal digits (20 bytes); \
             `openssl x509 -in apiclient_cert.pem -noout -serial` prints it",
        )
    }
}

/// Returns the normal form of a serial number in DER, as OpenSSL and `%X` of Go write it: without the sign byte, which
/// precedes a byte from `80`, and with two digits for each byte.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    number(&digits)
}

/// Returns the text by which a platform key is looked up. A serial number of a certificate is a number, whose case and
/// leading zeros do not matter. The id of a public key is a text.
pub(crate) fn canonical(serial: &str) -> Cow<'_, str> {
    // What the platform sends has this form already.
    let is_normal = serial.len().is_multiple_of(2)
        && !serial.starts_with("00")
        && serial.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F'));
    match is_hexadecimal(serial) && !is_normal {
        true => Cow::Owned(number(serial)),
        false => Cow::Borrowed(serial),
    }
}

/// Returns the text by which a platform key that a program names is looked up: [`canonical`], and as lenient about
/// separators as [`normal`].
pub(crate) fn named(serial: &str) -> String {
    normal(serial).unwrap_or_else(|_| canonical(&text::trimmed(serial)).into_owned())
}

/// Whether this can be the serial number of a certificate.
pub(crate) fn is_hexadecimal(serial: &str) -> bool {
    !serial.is_empty() && serial.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Returns the id of a WeChat Pay public key, without surrounding white space.
pub(crate) fn public_key_id(text: &str) -> Result<String, KeyError> {
    let id = text::trimmed(text);
    let refused = |problem| Err(KeyError::Serial { problem });
    let Some(rest) = id.strip_prefix(PUBLIC_KEY_ID) else {
        return refused(if id.len() > 16 && is_hexadecimal(&id) {
            "the id of WeChat Pay's public key (微信支付公钥 ID) must begin with PUB_KEY_ID_, but is a serial number of a \
             certificate; the console shows the id beside the public key"
        } else {
            "the id of WeChat Pay's public key (微信支付公钥 ID) must begin with PUB_KEY_ID_; the console shows the id \
             beside the public key"
        });
    };
    // The documented ids have only digits. Letters are accepted too, because nothing promises digits.
    if rest.is_empty() || id.len() > 128 || !rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return refused(
            "the id of WeChat Pay's public key (微信支付公钥 ID) must be PUB_KEY_ID_ and letters or digits, at most 128 \
             characters; the console shows the id beside the public key",
        );
    }
    Ok(id)
}

/// Writes hexadecimal digits as a number with two digits for each byte.
fn number(digits: &str) -> String {
    let digits = digits.trim_start_matches('0');
    let padding = match digits.len() {
        0 => "00",
        len if len.is_multiple_of(2) => "",
        _ => "0",
    };
    format!("{padding}{}", digits.to_ascii_uppercase())
}

/// The rest of a text that begins with `prefix` in any case.
fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The serial number of the official test merchant.
    const SERIAL: &str = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";

    #[test]
    fn a_serial_number_has_one_normal_form() {
        let colons = "40:8b:07:e7:9b:82:69:fe:c3:d5:d3:e6:ab:8e:d1:63:a6:a3:80:db";
        for text in [
            SERIAL,
            &SERIAL.to_lowercase(),
            &format!("serial={SERIAL}\n"),
            &format!("Serial Number:\n            {colons}\n"),
            &format!("0x{SERIAL}"),
            &format!("serial=0x{SERIAL}"),
            &format!("00{SERIAL}"),
            &format!("\u{200e}{SERIAL}\u{a0}"),
            &format!("\"{SERIAL}\""),
            &format!("{SERIAL}\\r\\n"),
            colons,
            &colons.replace(':', " "),
            &colons.replace(':', "\r\n"),
        ] {
            assert_eq!(normal(text).unwrap(), SERIAL, "{text:?}");
        }
        for (text, expected) in
            [("A", "0A"), ("0a", "0A"), ("00F08B", "F08B"), ("0F08B", "F08B"), ("0", "00")]
        {
            assert_eq!(normal(text).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_serial_number_is_named() {
        // python3 -c "print(0x408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB)"
        for (text, expected) in [
            ("368475901513257255001947488155316308835194601691", "decimal number"),
            (&"A".repeat(41), "more than 40"),
            ("PUB_KEY_ID_0000000000000024101100397200000006", "public key"),
            ("pub_key_id_1", "public key"),
            ("", "is empty"),
            (" \n", "is empty"),
            ("serial=", "is empty"),
            ("XYZ", "hexadecimal digits"),
            ("0A\",mchid=\"1", "hexadecimal digits"),
            ("４０", "hexadecimal digits"),
            ("0A\0", "hexadecimal digits"),
        ] {
            let error = normal(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn serial_numbers_in_der_are_written_as_openssl_writes_them() {
        for (bytes, expected) in [
            (&[0x00, 0xF0, 0x8B][..], "F08B"),
            (&[0x0A, 0x0B], "0A0B"),
            (&[0x7F], "7F"),
            (&[0x00], "00"),
            (&[], "00"),
        ] {
            assert_eq!(of_bytes(bytes), expected);
        }
    }

    #[test]
    fn public_key_ids_are_texts_with_their_prefix() {
        assert_eq!(public_key_id(" PUB_KEY_ID_01\n").unwrap(), "PUB_KEY_ID_01");
        for text in ["hello", "0114232134912410", SERIAL, "PUB_KEY_ID_", "pub_key_id_1", "", "PUB_KEY_ID_1 2"]
        {
            let error = public_key_id(text).unwrap_err().to_string();
            assert!(error.contains("PUB_KEY_ID_") && error.contains("the console"), "{text:?}: {error}");
        }
        assert_eq!(canonical("PUB_KEY_ID_0a"), "PUB_KEY_ID_0a");
        for (text, number) in
            [("00f08b", "F08B"), ("F08B", "F08B"), ("0F08B", "F08B"), ("0A", "0A"), ("00", "00")]
        {
            assert_eq!(canonical(text), number);
        }
        for (serial, expected) in
            [("f0:8b\n", "F08B"), (" PUB_KEY_ID_0a\n", "PUB_KEY_ID_0a"), ("other ", "other")]
        {
            assert_eq!(named(serial), expected);
        }
    }
}
