use std::fmt;

/// What a file is that is certainly no flow file in UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileFormat {
    /// Compressed with gzip.
    Gzip,
    /// A zip archive, which a spreadsheet (`.xlsx`) is too.
    Zip,
    /// Text in UTF-16, as some spreadsheets export it.
    Utf16,
    /// The header line is not UTF-8, but has the structure of GBK or GB 18030.
    Gbk,
    /// An HTML page, probably of a proxy or gateway.
    Html,
    /// XML, probably an error response.
    Xml,
    /// JSON, probably an error response.
    Json,
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "the file is compressed with gzip; decompress it first",
            Self::Zip => "the file is a zip archive; extract the flow file first",
            Self::Utf16 => "the file is not UTF-8 but UTF-16; convert it to UTF-8 first",
            Self::Gbk => "the file is not UTF-8; it looks like GBK; convert it to UTF-8 first",
            Self::Html => "the file is an HTML page, not a flow file",
            Self::Xml => "the file is XML, not a flow file",
            Self::Json => "the file is JSON, not a flow file",
        })
    }
}

impl FileFormat {
    /// The number of bytes that [`detect`](Self::detect) looks at.
    pub(super) const HEAD: usize = 512;

    /// Returns what the file is, by its first bytes. `None` if it may be a flow file.
    pub(super) fn detect(head: &[u8]) -> Option<Self> {
        const MAGIC: [(&[u8], FileFormat); 5] = [
            (b"\x1f\x8b", FileFormat::Gzip),
            (b"PK\x03\x04", FileFormat::Zip),
            (b"PK\x05\x06", FileFormat::Zip),
            (b"\xff\xfe", FileFormat::Utf16),
            (b"\xfe\xff", FileFormat::Utf16),
        ];
        let magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        let text = head.trim_ascii_start();
        match text.split_first() {
            _ if magic.is_some() => magic.map(|(_, format)| *format),
            _ if is_utf16(head) => Some(Self::Utf16),
            Some((b'<', _)) => Some(Self::of_markup(&text.to_ascii_lowercase())),
            Some((b'{', _)) => Some(Self::Json),
            Some((b'[', rest)) => {
                matches!(rest.trim_ascii_start().first(), None | Some(b'{' | b'[' | b']' | b'"'))
                    .then_some(Self::Json)
            }
            _ => None,
        }
    }

    fn of_markup(text: &[u8]) -> Self {
        let contains = |tag: &[u8]| text.windows(tag.len()).any(|bytes| bytes == tag);
        let html = text.starts_with(b"<!") || contains(b"<html") || contains(b"<head") || contains(b"<body");
        if html { Self::Html } else { Self::Xml }
    }
}

/// Whether this is UTF-16 without a byte order mark: in the first line, every other byte of ASCII characters, and only
/// these, is zero.
fn is_utf16(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let zeros: Vec<bool> = (line.iter().enumerate())
        .filter(|(_, byte)| **byte == 0)
        .map(|(at, _)| at.is_multiple_of(2))
        .collect();
    zeros.len() >= 2 && (zeros.iter().all(|even| *even) || zeros.iter().all(|even| !even))
}

/// Whether a line that is not UTF-8 is probably GBK or GB 18030: it has the structure of these encodings (pairs, or two
/// pairs with digits), and is not mainly UTF-8 with an error in it, which often has this structure too.
pub(super) fn is_gbk(line: &[u8]) -> bool {
    let (mut utf8, mut errors) = (0_usize, 0_usize);
    for chunk in line.utf8_chunks() {
        utf8 = utf8.saturating_add(chunk.valid().chars().filter(|char| !char.is_ascii()).count());
        errors = errors.saturating_add(usize::from(!chunk.invalid().is_empty()));
    }
    let mut rest = line;
    while let [_, ..] = rest {
        rest = match rest {
            [0..=0x7f, rest @ ..]
            | [0x81..=0xfe, 0x40..=0x7e | 0x80..=0xfe, rest @ ..]
            | [0x81..=0xfe, b'0'..=b'9', 0x81..=0xfe, b'0'..=b'9', rest @ ..] => rest,
            _ => return false,
        }
    }
    errors > utf8
}
