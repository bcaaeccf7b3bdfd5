//! All public types of the crates, read from the sources, and what their `Debug` may show.

use std::collections::BTreeMap;

use wechatpay_conformance::public_types::{Shows, public_types};

use crate::*;

const FOLDERS: [(&str, &str); 3] = [
    ("wechatpay_core", "core"),
    ("wechatpay_ureq", "transport-ureq"),
    ("wechatpay_hyper", "transport-hyper"),
];

/// Types whose `Debug` shows no secret by itself: numbers, containers and HTTP types.
const PLAIN: &str =
    "bool u8 u16 u32 u64 usize i64 char UnixSeconds Option Vec Box Arc Result Duration StatusCode Method";

/// What the `Debug` of each public type shows, by crate and name.
pub(crate) fn all() -> BTreeMap<String, Shows> {
    let types = FOLDERS.iter().flat_map(|(krate, folder)| {
        let types = public_types(&workspace(folder).join("src"));
        types.into_iter().map(move |(name, found)| (format!("{krate}::{name}"), found.debug))
    });
    types.collect()
}

/// Whether a type is defined in one of these crates.
pub(crate) fn is_ours(name: &str) -> bool {
    FOLDERS.iter().any(|(krate, _)| name.split("::").next() == Some(krate))
}

/// The types whose `Debug` may show something that is not known to be harmless: neither the type itself is in
/// `checked`, nor is its `Debug` derived from harmless types only.
pub(crate) fn unchecked(types: &BTreeMap<String, Shows>, checked: &BTreeSet<String>) -> BTreeSet<String> {
    let mut harmless = checked.clone();
    loop {
        let before = harmless.len();
        for (name, debug) in types {
            let (krate, _) = name.split_once("::").unwrap();
            let known = |field: &String| {
                // A type parameter stands for another type, which is checked separately.
                field.len() == 1
                    || PLAIN.split(' ').any(|plain| plain == field)
                    || harmless.contains(&format!("{krate}::{field}"))
            };
            let is_harmless = match debug {
                Shows::Nothing | Shows::Text => true,
                Shows::Fields(fields) => fields.iter().all(known),
                Shows::ByHand => false,
            };
            if is_harmless {
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
fn types_that_are_not_checked_are_reported() {
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
    let unchecked =
        |checked: &str| unchecked(&types, &checked.split(' ').map(|name| format!("k::{name}")).collect());
    assert_eq!(unchecked("Id").into_iter().collect::<Vec<_>>(), ["k::Choice", "k::Fields"]);
    assert!(unchecked("Timestamp Openid Choice Id").is_empty());
}
