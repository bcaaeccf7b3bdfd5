//! Texts in other encodings than UTF-8.

use encoding_rs::{GBK, WINDOWS_1252};

#[derive(Clone, Copy)]
pub(crate) enum Utf16 {
    BigEndian { mark: bool },
    LittleEndian { mark: bool },
}

pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";

pub(crate) fn utf16(text: &str, encoding: Utf16) -> Vec<u8> {
    let (mark, big) = match encoding {
        Utf16::BigEndian { mark } => (mark, true),
        Utf16::LittleEndian { mark } => (mark, false),
    };
    let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

/// The encodings of a text that is not plain ASCII, and texts that were read in another encoding than they have.
pub(crate) fn others(body: &[u8]) -> Vec<Vec<u8>> {
    let mut others = Vec::new();
    // The body is not UTF-8, but the signed one is.
    if let Some(text) = GBK.decode_without_bom_handling_and_without_replacement(body)
        && std::str::from_utf8(body).is_err()
    {
        others.push(text.into_owned().into_bytes());
    }
    if std::str::from_utf8(body).is_err() {
        others.push(latin1_read(body).into_bytes());
    }
    for (big, mark) in [(true, [0xFE, 0xFF]), (false, [0xFF, 0xFE])] {
        let units = body.strip_prefix(&mark).unwrap_or(body).chunks_exact(2);
        let unit = |pair: &[u8]| {
            pair.try_into().map(|pair| if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
        };
        if body.len().is_multiple_of(2)
            && body.contains(&0)
            && let Ok(units) = units.map(unit).collect::<Result<Vec<_>, _>>()
            && let Ok(text) = String::from_utf16(&units)
        {
            others.push(text.into_bytes());
        }
    }
    if let Ok(text) = std::str::from_utf8(body) {
        if !text.is_ascii() {
            others.push(GBK.encode(text).0.into_owned());
            others.push(latin1_read(body).into_bytes());
            others.push(WINDOWS_1252.decode_without_bom_handling(body).0.into_owned().into_bytes());
            others.push(GBK.decode_without_bom_handling(body).0.into_owned().into_bytes());
            // What the encoding does not have becomes `?`.
            let ascii = |replacement: char| -> Vec<u8> {
                text.chars()
                    .map(|c| if c.is_ascii() { c } else { replacement })
                    .collect::<String>()
                    .into_bytes()
            };
            others.push(ascii('?'));
            others.push(ascii('\u{fffd}'));
            others.push(
                text.chars()
                    .flat_map(|c| {
                        vec![if c.is_ascii() { u8::try_from(c).unwrap_or(b'?') } else { b'?' }; c.len_utf8()]
                    })
                    .collect(),
            );
            // The text that arrived was read wrongly; the signed one was not.
            let latin1: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
            others.extend(latin1);
            let (bytes, _, failed) = WINDOWS_1252.encode(text);
            others.extend((!failed).then(|| bytes.into_owned()));
            let (bytes, _, failed) = GBK.encode(text);
            others.extend((!failed).then(|| bytes.into_owned()));
        }
        for encoding in [
            Utf16::LittleEndian { mark: false },
            Utf16::BigEndian { mark: false },
            Utf16::LittleEndian { mark: true },
            Utf16::BigEndian { mark: true },
        ] {
            others.push(utf16(text, encoding));
        }
    }
    others
}

fn latin1_read(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
