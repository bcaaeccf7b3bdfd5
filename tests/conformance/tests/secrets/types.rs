//! Every public type of the crates, out of their sources, and what its `Debug` may show.

use std::collections::BTreeMap;

use wechatpay_conformance::public_types::{Shows, public_types};

use crate::*;

const FOLDERS: [(&str, &str); 3] = [
    ("wechatpay_core", "core"),
    ("wechatpay_ureq", "transport-ureq"),
    ("wechatpay_hyper", "transport-hyper"),
];

/// Where a derived `Debug` ends: numbers, what holds others and words of HTTP.
const PLAIN: &str =
    "bool u8 u16 u32 u64 usize i64 char UnixSeconds Option Vec Box Arc Result Duration StatusCode Method";

/// All public types by crate and name, and what their `Debug` shows.
pub(crate) fn all() -> BTreeMap<String, Shows> {
    let types = FOLDERS.iter().flat_map(|(krate, folder)| {
        let types = public_types(&workspace(folder).join("src"));
        types.into_iter().map(move |(name, found)| (format!("{krate}::{name}"), found.debug))
    });
    types.collect()
}

/// Whether a type is of one of these crates.
pub(crate) fn is_ours(name: &str) -> bool {
    FOLDERS.iter().any(|(krate, _)| name.split("::").next() == Some(krate))
}

/// Those that show something of which nobody has said that it is harmless: neither printed by a test, nor `told` of,
/// nor a derived `Debug` of such types only.
pub(crate) fn unexplained(types: &BTreeMap<String, Shows>, told: &BTreeSet<String>) -> BTreeSet<String> {
    let mut harmless = told.clone();
    loop {
        let before = harmless.len();
        for (name, debug) in types {
            let (krate, _) = name.split_once("::").unwrap();
            let known = |field: &String| {
                // A type parameter is shown as what is put in its place.
                field.len() == 1
                    || PLAIN.split(' ').any(|plain| plain == field)
                    || harmless.contains(&format!("{krate}::{field}"))
            };
            let fine = match debug {
                Shows::Nothing | Shows::Text => true,
                Shows::Fields(fields) => fields.iter().all(known),
                Shows::ByHand => false,
            };
            if fine {
                harmless.insert(name.clone());
            }
        }
        if harmless.len() == before {
            break;
        }
    }
    types.keys().filter(|name| !harmless.contains(*name)).cloned().collect()
}

#[test]
fn what_nobody_has_told_of_is_unexplained() {
    let shows = |words: &str| Shows::Fields(words.split(' ').map(str::to_owned).collect());
    let types = [
        ("k::Choice", shows("Box str usize")),
        ("k::Fields", shows("Openid Option Timestamp Vec T")),
        ("k::Id", Shows::ByHand),
        ("k::Open", Shows::Text),
        ("k::Silent", Shows::Nothing),
        ("k::Within", shows("Open Silent")),
    ];
    let types = types.map(|(name, debug)| (name.to_owned(), debug)).into();
    let unexplained =
        |told: &str| unexplained(&types, &told.split(' ').map(|name| format!("k::{name}")).collect());
    assert_eq!(unexplained("Id").into_iter().collect::<Vec<_>>(), ["k::Choice", "k::Fields"]);
    assert!(unexplained("Timestamp Openid Choice Id").is_empty());
}
