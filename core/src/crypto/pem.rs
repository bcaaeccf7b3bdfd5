//! Finds keys and certificates in a file: PEM blocks among other text, base64 without its PEM lines, or DER.

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, decoded_len_estimate};
use zeroize::Zeroizing;

use super::structure::is_der;
use super::text::clean;

/// Trailing `=` are often lost when text is copied. The DER inside shows whether anything else is missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Something that may be a key or a certificate.
pub(super) struct Block {
    /// The label of a PEM block, such as `PRIVATE KEY`. `None` for base64 without PEM lines and for DER.
    pub(super) label: Option<Label>,
    pub(super) content: Content,
}

/// The content of a block.
pub(super) enum Content {
    /// Decoded, but not necessarily DER.
    Decoded(Zeroizing<Vec<u8>>),
    NotBase64,
    /// The block has no END line.
    NoEnd,
    /// Encrypted by OpenSSL, as the header `Proc-Type` says.
    Encrypted,
}

/// The label of a PEM block. It comes from the file and may be shown, so its length and characters are limited.
pub(super) struct Label(pub(super) String);

impl Label {
    /// No content can be taken for a label: every line of base64 is longer, or has lower-case letters.
    fn new(text: &[u8]) -> Self {
        let text = text.trim_ascii();
        let plain = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ';
        let shown = text.len() <= 40 && text.iter().all(plain);
        Self(if shown { String::from_utf8_lossy(text).into_owned() } else { String::new() })
    }
}

/// Finds all blocks in a file, in their order.
pub(super) fn blocks(file: &[u8]) -> Vec<Block> {
    // Base64 of a PEM file, as Kubernetes and cloud consoles store it, is decoded at most twice.
    find(file, 2)
}

fn find(file: &[u8], depth: u8) -> Vec<Block> {
    let text = clean(file);
    let found = pem_blocks(&text);
    if !found.is_empty() {
        return found;
    }
    if is_der(file) {
        let mut der = Zeroizing::new(Vec::with_capacity(file.len()));
        der.extend_from_slice(file);
        return vec![Block { label: None, content: Content::Decoded(der) }];
    }
    match (depth.checked_sub(1), decode(&text)) {
        (Some(depth), Some(decoded)) => find(&decoded, depth),
        _ => Vec::new(),
    }
}

fn pem_blocks(text: &[u8]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut next = marker(text, b"BEGIN").map(|(_, after)| after);
    while let Some(after) = next {
        let (block, rest) = match marker(after, b"BEGIN") {
            Some((block, rest)) => (block, Some(rest)),
            None => (after, None),
        };
        next = rest;
        let end = block.iter().position(|byte| matches!(byte, b'-' | b'\r' | b'\n'));
        let (label, body) = block.split_at_checked(end.unwrap_or(block.len())).unwrap_or((block, &[]));
        let content = match marker(body, b"END") {
            Some((body, _)) => content(body),
            None => Content::NoEnd,
        };
        blocks.push(Block { label: Some(Label::new(label)), content });
    }
    blocks
}

/// Splits at the first `word` that follows hyphens and that a space follows. The number of hyphens does not matter,
/// because some editors turn two of them into a dash.
fn marker<'a>(text: &'a [u8], word: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let mut start = 0_usize;
    loop {
        let rest = text.get(start..)?;
        let at = start.checked_add(rest.windows(word.len()).position(|window| window == word)?)?;
        let (before, after) = (text.get(..at)?, text.get(at.checked_add(word.len())?..)?);
        let before = trim_end(before, |byte| byte == b' ');
        if before.ends_with(b"-") && after.first().is_some_and(u8::is_ascii_whitespace) {
            return Some((trim_end(before, |byte| byte == b'-'), after.trim_ascii_start()));
        }
        start = at.checked_add(1)?;
    }
}

fn trim_end(mut text: &[u8], trimmed: impl Fn(u8) -> bool) -> &[u8] {
    while let [rest @ .., last] = text
        && trimmed(*last)
    {
        text = rest;
    }
    text
}

/// Reads what stands between the label and the END line.
fn content(body: &[u8]) -> Content {
    let start = body.iter().position(|byte| *byte != b'-').unwrap_or(body.len());
    let body = body.get(start..).unwrap_or_default();
    // Headers such as `Proc-Type: 4,ENCRYPTED` and `DEK-Info` precede the base64.
    let base64 = match body.iter().rposition(|byte| *byte == b':') {
        None => body,
        Some(_) if body.windows(9).any(|window| window == b"ENCRYPTED") => return Content::Encrypted,
        Some(colon) => {
            let header = body.get(colon..).unwrap_or_default();
            let end = header.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            end.and_then(|end| header.get(end..)).unwrap_or_default()
        }
    };
    decode(base64).map_or(Content::NotBase64, Content::Decoded)
}

/// Decodes base64, over white space, quotes and commas.
fn decode(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // Both buffers get their final size up front. A `Vec` that grows frees its old buffer without wiping it, and a
    // failed `decode` frees what it had written.
    let mut base64 = Zeroizing::new(Vec::with_capacity(text.len()));
    base64.extend(text.iter().filter_map(|byte| match byte {
        b'"' | b'\'' | b',' => None,
        // The alphabet for URLs.
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        byte => (!byte.is_ascii_whitespace()).then_some(*byte),
    }));
    let mut decoded = Zeroizing::new(vec![0; decoded_len_estimate(base64.len())]);
    let len = BASE64.decode_slice(base64.as_slice(), &mut decoded).ok()?;
    decoded.truncate(len);
    Some(decoded)
}
