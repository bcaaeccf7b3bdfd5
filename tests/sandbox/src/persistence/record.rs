//! One line of a state file: a checksum, and JSON.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wechatpay_core::crypto::HashAlgorithm;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;

/// The length of a checksum in hexadecimal digits. It detects a line that was written in part; nobody forges one.
const CHECKSUM: usize = 8;

/// Appends `value` to `line` as a line.
pub(super) fn write(line: &mut Vec<u8>, value: &impl Serialize) -> io::Result<()> {
    let start = line.len();
    line.extend_from_slice(&[b' '; CHECKSUM + 1]);
    let json = line.len();
    serde_json::to_writer(&mut *line, value)?;
    let checksum = checksum(line.get(json..).unwrap_or_default())?;
    if let Some(place) = line.get_mut(start..start.saturating_add(CHECKSUM)) {
        place.copy_from_slice(&checksum);
    }
    line.push(b'\n');
    Ok(())
}

/// Reads a line without its line break. `None` if it is not whole.
pub(super) fn read<T: DeserializeOwned>(line: &[u8]) -> Option<Result<T, serde_json::Error>> {
    let (sum, rest) = line.split_at_checked(CHECKSUM)?;
    let json = rest.strip_prefix(b" ")?;
    let whole = checksum(json).is_ok_and(|expected| expected == sum);
    whole.then(|| serde_json::from_slice(json))
}

fn checksum(json: &[u8]) -> io::Result<[u8; CHECKSUM]> {
    let hash = PROVIDER.hash(HashAlgorithm::Sha256, json).map_err(io::Error::other)?;
    let first = hash.as_bytes().first_chunk();
    first.copied().ok_or_else(|| io::Error::other("no checksum"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written_and_no_part_of_it_is() {
        let mut file = b"before\n".to_vec();
        write(&mut file, &["微信", "\n"]).unwrap();
        let line = file.strip_prefix(b"before\n").unwrap().strip_suffix(b"\n").unwrap();
        assert_eq!(read::<Vec<String>>(line).unwrap().unwrap(), ["微信", "\n"]);
        for len in 0..line.len() {
            assert!(read::<Vec<String>>(&line[..len]).is_none(), "{len}");
        }
        for at in 0..line.len() {
            let mut changed = line.to_vec();
            changed[at] ^= 1;
            assert!(read::<Vec<String>>(&changed).is_none(), "{at}");
        }
    }

    #[test]
    fn the_checksum_is_the_beginning_of_sha256() {
        // printf '[]' | openssl dgst -sha256
        let mut line = Vec::new();
        write(&mut line, &[0; 0]).unwrap();
        assert_eq!(line, b"4f53cda1 []\n");
    }
}
