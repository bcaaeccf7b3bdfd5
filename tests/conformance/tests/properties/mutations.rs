//! Changes each byte of everything that is signed, in requests, responses and callbacks. Changes that HTTP cannot
//! transmit are counted by the rules of HTTP, not by what a parser rejects, so that no change is skipped by accident.

mod requests;
mod responses;

use crate::*;

/// The number of changed values for each byte.
const CHANGES: usize = 9;

/// The byte with each bit flipped, and one value that differs in more than one bit.
fn changes(byte: u8, place: usize) -> [u8; CHANGES] {
    let spread = u8::try_from(place.wrapping_mul(37) % 256).unwrap();
    std::array::from_fn(|bit| byte ^ if bit < 8 { 1 << bit } else { spread | 3 })
}

/// All changed copies of `bytes`, each with one changed byte, its position and its new value.
fn all_changes(bytes: &[u8]) -> impl Iterator<Item = (usize, u8, Vec<u8>)> + '_ {
    bytes.iter().enumerate().flat_map(move |(place, byte)| {
        changes(*byte, place).into_iter().map(move |new| {
            let mut changed = bytes.to_vec();
            changed[place] = new;
            (place, new, changed)
        })
    })
}

/// How many changes were tried, and how many HTTP cannot transmit.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    tried: usize,
    impossible: usize,
}

/// Calls `check` with each change of this header's value. RFC 9110, 5.5, says which values can be sent: visible
/// characters, space, tab and everything outside ASCII.
fn each_header_change(
    headers: &HeaderMap,
    name: &'static str,
    mut check: impl FnMut(HeaderMap, &str),
) -> Tally {
    let name = HeaderName::from_static(name);
    let mut tally = Tally::default();
    for (place, byte, value) in all_changes(headers[&name].as_bytes()) {
        let possible = matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
        let value = HeaderValue::from_bytes(&value);
        assert_eq!(value.is_ok(), possible, "{name} {byte:#x}");
        let Ok(value) = value else {
            tally.impossible += 1;
            continue;
        };
        let mut headers = headers.clone();
        headers.insert(name.clone(), value);
        check(headers, &format!("{name}, byte {place} is {byte:#04x}"));
        tally.tried += 1;
    }
    tally
}

#[test]
fn all_changes_of_a_byte_are_different() {
    for byte in 0..=255 {
        for place in 0..512 {
            let mut all = changes(byte, place).to_vec();
            all.push(byte);
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), CHANGES + 1);
        }
    }
}
