//! Every public type of the crates, out of their sources, and what its `Debug` may show.

use std::collections::BTreeMap;

use crate::*;

const FOLDERS: [(&str, &str); 3] = [
    ("wechatpay_core", "core"),
    ("wechatpay_ureq", "transport-ureq"),
    ("wechatpay_hyper", "transport-hyper"),
];

/// Where a derived `Debug` ends: numbers, what holds others, words of HTTP, and those of the platform, of which one that
/// is not known is shown as it came.
const PLAIN: &str = "open_enum bool u8 u16 u32 u64 usize i64 char UnixSeconds Option Vec Box Arc Result Duration StatusCode Method";

/// A public type.
#[derive(Debug, PartialEq)]
pub(crate) struct Type {
    /// Its crate and name.
    pub(crate) name: String,
    pub(crate) debug: Shows,
}

/// What its `Debug` shows.
#[derive(Debug, PartialEq)]
pub(crate) enum Shows {
    /// There is none.
    Nothing,
    /// What these types show, for it is derived.
    Fields(BTreeSet<String>),
    /// What somebody wrote.
    ByHand,
}

/// All public types.
pub(crate) fn all() -> Vec<Type> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let types = FOLDERS.iter().flat_map(|(krate, folder)| {
        let mut text = String::new();
        append(&root.join(folder).join("src"), &mut text);
        read(krate, &text)
    });
    types.collect()
}

/// Whether a type is of one of these crates.
pub(crate) fn is_ours(name: &str) -> bool {
    FOLDERS.iter().any(|(krate, _)| name.split("::").next() == Some(krate))
}

/// Those that show something of which nobody has said that it is harmless: neither printed by a test, nor `told` of,
/// nor a derived `Debug` of such types only.
pub(crate) fn unexplained(types: &[Type], told: &BTreeSet<String>) -> BTreeSet<String> {
    let mut harmless = told.clone();
    loop {
        let before = harmless.len();
        for Type { name, debug } in types {
            let (krate, _) = name.split_once("::").unwrap();
            let known = |field: &String| {
                // A type parameter is shown as what is put in its place.
                field.len() == 1
                    || PLAIN.split(' ').any(|plain| plain == field)
                    || harmless.contains(&format!("{krate}::{field}"))
            };
            let fine = match debug {
                Shows::Nothing => true,
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
    types.iter().map(|found| found.name.clone()).filter(|name| !harmless.contains(name)).collect()
}

fn append(folder: &Path, text: &mut String) {
    for path in sources(folder) {
        let file = std::fs::read_to_string(path).unwrap();
        // What comes after is for tests.
        text.push_str(file.split("#[cfg(test)]\nmod ").next().unwrap_or_default());
    }
}

/// Reads the types out of source text as rustfmt lays it out.
fn read(krate: &str, text: &str) -> Vec<Type> {
    let by_hand: BTreeSet<&str> = text
        .lines()
        .filter(|line| line.starts_with("impl") && line.contains("Debug for "))
        .filter_map(|line| words(line.split("Debug for ").nth(1)?).next())
        .collect();
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut types: BTreeMap<String, Shows> = BTreeMap::new();
    for (at, line) in code.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let declared =
            ["pub struct ", "pub enum "].iter().find_map(|word| line.trim_start().strip_prefix(word));
        // `id! { Name }` declares one as well, which shows its text or not.
        let id = at.checked_sub(1).filter(|above| code[*above] == "id! {").map(|_| line.trim_start());
        let Some(name) = declared.or(id).and_then(|rest| words(rest).next()) else { continue };
        let above = || code[..at].iter().rev();
        let attribute = |line: &&&str| line.trim_start().starts_with("#[");
        let open_enum = above().find(|line| !attribute(line)) == Some(&"open_enum! {");
        if (indent > 0 && !open_enum && id.is_none()) || line.contains("$name") {
            continue;
        }
        // Up to the empty line between two items; an attribute may have several lines.
        let mut attributes = above().take_while(|line| !line.is_empty() && **line != "}");
        let derived = attributes.any(|line| line.contains("derive(") && line.contains("Debug"));
        let debug = if open_enum {
            Shows::Fields(["open_enum".to_owned()].into())
        } else if id.is_some() || by_hand.contains(name) {
            Shows::ByHand
        } else if derived {
            Shows::Fields(fields(&code[at..]))
        } else {
            Shows::Nothing
        };
        let twice = types.insert(format!("{krate}::{name}"), debug);
        assert!(twice.is_none(), "{krate} has two types {name}");
    }
    types.into_iter().map(|(name, debug)| Type { name, debug }).collect()
}

/// The types that are named in a declaration: in fields, tuples and variants.
fn fields(code: &[&str]) -> BTreeSet<String> {
    let whole = code[0].ends_with(';') || code[0].ends_with("{}");
    let len = if whole { 1 } else { 1 + code.iter().position(|line| *line == "}").unwrap() };
    let mut found = BTreeSet::new();
    for (at, line) in code[..len].iter().enumerate() {
        if line.trim_start().starts_with("#[") {
            continue;
        }
        // Behind a field's colon, or within the parentheses of a tuple.
        let of_types = match line.split_once(": ").filter(|_| at > 0) {
            Some((_, behind)) => behind,
            None => line.split_once('(').map_or("", |(_, within)| within),
        };
        let of_types = of_types.replace("&'static str", "").replace("Cow<'static, str>", "");
        found.extend(words(&of_types).filter(|word| *word != "pub" && *word != "crate").map(str::to_owned));
    }
    found
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[test]
fn types_are_read_as_they_are_written() {
    let text = r#"
/// pub struct Comment
#[derive(Debug, Clone)]
pub struct Fields {
    /// text: String
    #[serde(default)]
    pub time: Option<Timestamp>,
    name: &'static str,
    secret: Vec<Openid>,
}

#[derive(Clone)]
pub struct Silent(String);

pub struct Written<T>(T);

impl<T> fmt::Debug for Written<T> {

#[derive(Debug)]
#[cfg_attr(
    feature = "x",
    derive(X)
)]
pub enum Choice {
    One,
    Two(Box<str>),
    Three {
        len: usize,
    },
}

open_enum! {
    #[doc(alias = "Other")]
    pub enum Open {
        One = "ONE",
    }
}

id! {
    /// An id.
    Id, |_| "…"
}
"#;
    let shows = |words: &str| Shows::Fields(words.split(' ').map(str::to_owned).collect());
    let expected = [
        ("Choice", shows("Box str usize")),
        ("Fields", shows("Openid Option Timestamp Vec")),
        ("Id", Shows::ByHand),
        ("Open", shows("open_enum")),
        ("Silent", Shows::Nothing),
        ("Written", Shows::ByHand),
    ];
    let expected: Vec<_> =
        expected.into_iter().map(|(name, debug)| Type { name: format!("k::{name}"), debug }).collect();
    assert_eq!(read("k", text), expected);

    let told = ["k::Id", "k::Written"].map(str::to_owned).into();
    let left: Vec<_> = unexplained(&expected, &told).into_iter().collect();
    assert_eq!(left, ["k::Choice", "k::Fields"]);
    let told =
        BTreeSet::from(["k::Timestamp", "k::Openid", "k::Choice", "k::Id", "k::Written"].map(str::to_owned));
    assert!(unexplained(&expected, &told).is_empty());
}
