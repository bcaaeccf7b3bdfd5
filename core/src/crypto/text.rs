//! Reads text as people pass it on: copied from a web page or an editor, or through a variable or a JSON file.

use zeroize::Zeroizing;

/// Returns the text with plain spaces, line ends and hyphens, without invisible characters and without escapes such as
/// `\n`. Works on bytes, because a part that does not matter may be in another encoding, such as GBK.
///
/// The result may be secret. It is never longer than the input, so its buffer does not grow.
pub(super) fn clean(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let utf8 = from_utf16(text);
    let text = utf8.as_ref().map_or(text, |utf8| utf8.as_slice());
    let mut clean = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let (byte, after) = match rest {
            // Escapes of shells, `.env` files and JSON. JSON may escape `/` and `+` too.
            [b'\\', b'n' | b'r' | b't', after @ ..] => (Some(b'\n'), after),
            [b'\\', b'u' | b'U', a, b, c, d, after @ ..] => match ascii([*a, *b, *c, *d]) {
                Some(byte) => (Some(byte), after),
                None => (None, after),
            },
            [b'\\', after @ ..] => (None, after),
            // The byte order mark, and characters without a width.
            [0xef, 0xbb, 0xbf, after @ ..]
            | [0xe2, 0x80, 0x8b..=0x8f | 0xaa..=0xae, after @ ..]
            | [0xe2, 0x81, 0xa0..=0xa4, after @ ..]
            | [0xc2, 0xad, after @ ..] => (None, after),
            // Spaces of other widths, among them the no-break space.
            [0xe2, 0x80, 0x80..=0x8a | 0xaf, after @ ..]
            | [0xe2, 0x81, 0x9f, after @ ..]
            | [0xe3, 0x80, 0x80, after @ ..]
            | [0xc2, 0xa0, after @ ..] => (Some(b' '), after),
            [0xe2, 0x80, 0xa8 | 0xa9, after @ ..] | [0xc2, 0x85, after @ ..] => (Some(b'\n'), after),
            // Hyphens and dashes, into which editors turn `--`.
            [0xe2, 0x80, 0x90..=0x95, after @ ..] | [0xe2, 0x88, 0x92, after @ ..] => (Some(b'-'), after),
            _ => (Some(*first), after),
        };
        clean.extend(byte);
        rest = after;
    }
    clean
}

/// Returns a short text, such as an id, without surrounding white space and quotes.
pub(crate) fn trimmed(text: &str) -> String {
    let text = clean(text.as_bytes());
    let text = String::from_utf8_lossy(&text);
    let text = text.trim();
    let quoted = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    quoted.unwrap_or(text).trim().to_owned()
}

/// Converts UTF-16 with a byte order mark, or that begins with two ASCII characters.
fn from_utf16(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (text, unit): (_, fn([u8; 2]) -> u16) = match text {
        [0xff, 0xfe, text @ ..] => (text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => (text, u16::from_be_bytes),
        [1..=0x7f, 0, 1..=0x7f, 0, ..] => (text, u16::from_le_bytes),
        [0, 1..=0x7f, 0, 1..=0x7f, ..] => (text, u16::from_be_bytes),
        _ => return None,
    };
    let (units, _) = text.as_chunks::<2>();
    // A unit of 2 bytes becomes at most 3 bytes.
    let mut utf8 = Zeroizing::new(Vec::with_capacity(units.len().saturating_mul(3)));
    for character in char::decode_utf16(units.iter().map(|bytes| unit(*bytes))) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        utf8.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Some(utf8)
}

/// The ASCII character with this number, in four hexadecimal digits.
fn ascii(digits: [u8; 4]) -> Option<u8> {
    let number = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
    number.filter(u8::is_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_quotes_and_escapes_around_an_id_are_removed() {
        for text in [
            "PUB_KEY_ID_1",
            " PUB_KEY_ID_1\r\n",
            "\u{feff}PUB_KEY_ID_1\u{a0}",
            "\"PUB_KEY_ID_1\"",
            "'PUB_KEY_ID_1 '",
            "PUB_KEY_ID_1\\n",
            "PUB\\_KEY\\_ID\\_1",
            "PUB_KEY\u{200b}_ID_1\u{3000}",
            "\\u0050UB_KEY_ID_1",
        ] {
            assert_eq!(trimmed(text), "PUB_KEY_ID_1", "{text:?}");
        }
        for text in ["", " ", "\u{feff}", "\"\"", "\\n"] {
            assert_eq!(trimmed(text), "", "{text:?}");
        }
        assert_eq!(trimmed("\""), "\"");
        assert_eq!(trimmed("代\u{a0}金券"), "代 金券");
    }

    #[test]
    fn the_buffer_of_a_clean_text_never_grows() {
        for text in ["abc", "\u{a0}\u{3000}\u{2014}", "\\n\\u002b\\/", "\u{feff}x"] {
            assert!(clean(text.as_bytes()).capacity() <= text.len());
            let utf16: Vec<u8> =
                "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            assert_eq!(clean(&utf16), clean(text.as_bytes()));
        }
        assert_eq!(clean(b"-\0-\0").as_slice(), b"--");
        assert_eq!(clean(b"\0-\0-").as_slice(), b"--");
    }
}
