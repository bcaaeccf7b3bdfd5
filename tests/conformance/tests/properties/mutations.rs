//! One byte is another: at every place of everything that is signed, in both directions. What HTTP cannot carry is
//! counted, by its own rules and not by what a parser here happens to refuse, so that nothing passes untried.

mod requests;
mod responses;

use crate::*;

/// How many others there are of each byte.
const OTHERS: usize = 9;

/// Every bit of it flipped, and one more that no flip of a single bit gives.
fn others(byte: u8, place: usize) -> [u8; OTHERS] {
    let spread = u8::try_from(place.wrapping_mul(37) % 256).unwrap();
    std::array::from_fn(|bit| byte ^ if bit < 8 { 1 << bit } else { spread | 3 })
}

/// All that differ from `bytes` in one place, with that place and the byte that is there now.
fn all_others(bytes: &[u8]) -> impl Iterator<Item = (usize, u8, Vec<u8>)> + '_ {
    bytes.iter().enumerate().flat_map(move |(place, byte)| {
        others(*byte, place).into_iter().map(move |other| {
            let mut changed = bytes.to_vec();
            changed[place] = other;
            (place, other, changed)
        })
    })
}

/// What was tried, and what HTTP cannot carry.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    tried: usize,
    impossible: usize,
}

/// Shows `check` all others of this header's value. RFC 9110, 5.5, says which can be sent: visible characters, space,
/// tab and whatever is beyond ASCII.
fn other_headers(headers: &HeaderMap, name: &'static str, mut check: impl FnMut(HeaderMap, &str)) -> Tally {
    let name = HeaderName::from_static(name);
    let mut tally = Tally::default();
    for (place, byte, value) in all_others(headers[&name].as_bytes()) {
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
fn others_are_others_and_each_is_another() {
    for byte in 0..=255 {
        for place in 0..512 {
            let mut all = others(byte, place).to_vec();
            all.push(byte);
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), OTHERS + 1);
        }
    }
}
