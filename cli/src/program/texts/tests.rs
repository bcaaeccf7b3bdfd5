//! Every text has a translation with the same values, and every translation has a text.
#![allow(clippy::arithmetic_side_effects, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Command;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use wechatpay_hyper::core::Outcome;
use wechatpay_hyper::core::error::StopReason;

use crate::program::parse::command;
use crate::program::texts::catalogue::GROUPS;
use crate::program::texts::language::Language;

/// Files of the program, by the beginning of their paths, whose texts are not in the catalogue yet.
const NOT_YET: [&str; 0] = [];

/// Commands whose help is not in the catalogue: the sandbox is a program of its own.
const OTHERS_HELP: [&str; 1] = ["sandbox"];

/// Literals that look like sentences and are none.
const NO_TEXT: [&str; 23] = [
    // How the sandbox calls itself.
    "wechatpay sandbox",
    // What `api --dry-run` writes.
    "{} {}\n{headers}authorization: (left out)\n\n{body}",
    // Notes in the ledger.
    "send plan",
    "send run",
    "send pause",
    "send resume",
    "found by a query",
    // Headings of manual pages, which readers know in English.
    "EXIT STATUS",
    "SEE ALSO",
    "USER, LOGNAME, USERNAME",
    // Classes of a style sheet.
    "line budget",
    "line planned",
    "line sent",
    "line used",
    "line booked",
    // A note in the ledger.
    "ledger forget",
    // What `listen` answers to the sender of a callback, in JSON.
    "there is nothing at this path",
    "callbacks are POST",
    "the body is too large",
    "the body is not whole",
    "the body did not arrive in time",
    "the callback could not be stored in time",
    "the callback could not be stored",
];

/// Texts that come from the core, and how clap heads and describes what it adds.
fn from_elsewhere() -> Vec<String> {
    let outcomes = [Outcome::NotSent, Outcome::Rejected, Outcome::Unknown, Outcome::Done];
    let reasons = [
        StopReason::Setup,
        StopReason::Permission,
        StopReason::Budget,
        StopReason::Stock,
        StopReason::Network,
    ];
    let outcomes = outcomes.iter().map(ToString::to_string);
    let reasons = reasons.iter().map(ToString::to_string);
    let words = [
        // Why a campaign stops.
        "the platform refuses every request like this one",
        "3 responses in a row prove nothing: they could not be verified, or are not WeChat Pay's",
        "3 requests in a row were not authenticated (401)",
        "5 successes in a row could not be read",
        "20 requests in a row were refused, without a success",
        "the platform failed (5xx) for each of the first 5 rows",
        "each of the first 20 rows was refused as invalid: the openids may be those of another app",
        "nothing of the budget is left",
        "it is not running any more",
        // Within errors of the ledger and of lists.
        "platform",
        "merchant number",
        "host",
        "the stock",
        "the creator of the stock",
        "the appid",
        "the key column",
        "is empty",
        "has more than 128 characters",
        "contains control characters, or begins or ends with a space",
        "semicolons",
        "tabs",
        "a line break or another control character",
        "a space, at its beginning or end or where none can be",
        "a character that nobody sees, such as a space without width",
        "an emoji or the like",
        // What is wrong with the URL of a database.
        "schema must be 1 to 63 characters of a-z, 0-9 and _",
        "sslmode must be disable, prefer, require, verify-ca or verify-full",
        "it is not a URL of PostgreSQL",
        // What an error of a call is.
        "the request could not be built",
        "no complete response was received",
        "WeChat Pay returned an error",
        "the response is an unverified error",
        "the response belongs to another request",
        "the response could not be decoded",
        "the downloaded file must not be used",
        "the list contradicts its own count",
    ];
    let standings =
        ["planned", "sending", "retry", "sent", "refused", "doubtful", "cancelled"].map(str::to_owned);
    outcomes
        .chain(reasons)
        .chain(standings)
        .chain(words.map(str::to_owned))
        .chain(["Commands", "Arguments", "Options"].map(str::to_owned))
        .collect()
}

#[test]
fn every_text_has_a_translation_and_every_translation_a_text() {
    let mut used: BTreeMap<String, String> = BTreeMap::new();
    for (file, found) in sources() {
        used.extend(found.texts.into_iter().map(|text| (text, file.clone())));
    }
    let mut help = command(Language::En);
    help.build();
    help_of(&help, &mut |text| {
        used.insert(text, "the help".to_owned());
    });
    used.extend(from_elsewhere().into_iter().map(|text| (text, "the core, or clap".to_owned())));
    let known: BTreeSet<&str> =
        GROUPS.iter().flat_map(|group| group.iter()).map(|(english, _)| *english).collect();
    let missing: Vec<_> =
        used.iter().filter(|(text, file)| !known.contains(text.as_str()) && !is_not_yet(file)).collect();
    assert!(missing.is_empty(), "no translation of {missing:#?}");
    let unused: Vec<_> = known.iter().filter(|text| !used.contains_key(**text)).collect();
    assert!(unused.is_empty(), "nobody says {unused:#?}");
}

#[test]
fn a_translation_has_the_values_of_its_text_and_is_chinese() {
    let mut seen = BTreeSet::new();
    for (english, chinese) in GROUPS.iter().flat_map(|group| group.iter()) {
        assert!(seen.insert(*english), "{english:?} is in the catalogue twice");
        assert_eq!(names(english), names(chinese), "{english:?}");
        assert!(chinese.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter)), "{chinese:?}");
    }
}

#[test]
fn every_sentence_is_in_the_catalogue() {
    let sources = sources();
    for listed in NOT_YET {
        assert!(sources.keys().any(|file| file.starts_with(listed)), "{listed} is not there");
    }
    let left: Vec<_> = sources
        .iter()
        .filter(|(file, _)| !is_not_yet(file))
        .flat_map(|(file, found)| found.others.iter().map(move |text| (file, text)))
        .filter(|(_, text)| is_sentence(text) && !NO_TEXT.contains(&text.as_str()))
        .collect();
    assert!(left.is_empty(), "not in text!: {left:#?}");
}

fn is_not_yet(file: &str) -> bool {
    NOT_YET.iter().any(|listed| file.starts_with(listed))
}

/// A new kind of error must not be forgotten. Where the library may add one, the compiler does not say it.
#[test]
fn every_error_of_the_library_has_a_translation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let translated = read("program/texts/zh/ledger.rs");
    for (path, name) in [
        ("ledger/error.rs", "LedgerError"),
        ("ledger/error.rs", "StorageProblem"),
        ("list/error.rs", "ListProblem"),
    ] {
        let source = read(path);
        let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
        let body = body.split("\n}").next().unwrap();
        let variants = body.lines().filter_map(|line| {
            let line = line.strip_prefix("    ").filter(|line| line.starts_with(char::is_uppercase))?;
            line.split(|letter: char| !letter.is_alphanumeric()).next()
        });
        let variants: Vec<&str> = variants.collect();
        assert!(variants.len() > 8, "{name}: {variants:?}");
        for variant in variants {
            let ends = [" ", "(", ","].map(|end| translated.contains(&format!("{name}::{variant}{end}")));
            assert!(ends.contains(&true), "{name}::{variant}");
        }
    }
}

/// The names of the values of a text.
fn names(text: &str) -> BTreeSet<&str> {
    let parts = text.split('{').skip(1);
    parts.map(|part| part.split_once('}').unwrap_or_else(|| panic!("{text:?}: {{ is not closed")).0).collect()
}

/// Two words after another.
fn is_sentence(text: &str) -> bool {
    let word = |word: &str| {
        let word = word.trim_matches(|letter: char| ",.;:()`".contains(letter));
        word.len() > 1 && word.chars().all(|letter| letter.is_ascii_alphabetic())
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).any(|pair| pair.iter().all(|text| word(text)))
}

/// The literals of a file.
#[derive(Default)]
struct Found {
    /// Those that are translated.
    texts: Vec<String>,
    others: Vec<String>,
}

/// The files of the program without the catalogue.
fn sources() -> BTreeMap<String, Found> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/program");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 80, "{} files", files.len());
    let named = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        let tokens: TokenStream = fs::read_to_string(&path).unwrap().parse().unwrap();
        let mut found = Found::default();
        read(&tokens.into_iter().collect::<Vec<_>>(), &mut found);
        (name, found)
    };
    files.into_iter().map(named).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("texts/zh") {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("texts/tests.rs") {
            files.push(path);
        }
    }
}

fn read(tokens: &[TokenTree], found: &mut Found) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match (token, &tokens[at..]) {
            // Documentation of a file.
            (TokenTree::Punct(hash), [TokenTree::Punct(bang), TokenTree::Group(_), ..])
                if hash.as_char() == '#' && bang.as_char() == '!' =>
            {
                at += 2;
            }
            // Attributes, and what they say of tests.
            (TokenTree::Punct(hash), [TokenTree::Group(attribute), ..]) if hash.as_char() == '#' => {
                at += 1;
                if attribute.stream().to_string().replace(' ', "") == "cfg(test)" {
                    at += tokens[at..].iter().position(ends).map_or(tokens.len(), |end| end + 1);
                }
            }
            (TokenTree::Ident(name), [TokenTree::Punct(bang), TokenTree::Group(inside), ..])
                if (name == "text" || name == "marked") && bang.as_char() == '!' =>
            {
                at += 2;
                macro_text(inside, found);
            }
            (TokenTree::Ident(name), [TokenTree::Group(inside), ..]) if name == "fields" => {
                at += 1;
                labels(inside, found);
            }
            (
                TokenTree::Ident(table),
                [
                    TokenTree::Punct(_),
                    TokenTree::Punct(_),
                    TokenTree::Ident(new),
                    TokenTree::Group(inside),
                    ..,
                ],
            ) if table == "Table" && new == "new" => {
                at += 4;
                labels(inside, found);
            }
            (TokenTree::Group(inside), _) => read(&inside.stream().into_iter().collect::<Vec<_>>(), found),
            (TokenTree::Literal(literal), _) => found.others.extend(string(&literal.to_string())),
            _ => {}
        }
    }
}

/// Where an item ends: at its body, or at a semicolon.
fn ends(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    }
}

/// The text is the first literal; its values may have texts of their own.
fn macro_text(inside: &Group, found: &mut Found) {
    let tokens: Vec<_> = inside.stream().into_iter().collect();
    let first = tokens.iter().position(|token| matches!(token, TokenTree::Literal(_)));
    if let Some(TokenTree::Literal(literal)) = first.and_then(|at| tokens.get(at)) {
        found.texts.extend(string(&literal.to_string()));
    }
    read(&tokens[first.map_or(0, |at| at + 1)..], found);
}

/// The labels of lines and the heads of columns: the first literal of each entry.
fn labels(inside: &Group, found: &mut Found) {
    for token in inside.stream() {
        match token {
            TokenTree::Group(list) if list.delimiter() == Delimiter::Bracket => {
                for entry in list.stream() {
                    match entry {
                        TokenTree::Group(pair) => {
                            let tokens: Vec<_> = pair.stream().into_iter().collect();
                            if let Some((TokenTree::Literal(label), rest)) = tokens.split_first() {
                                found.texts.extend(string(&label.to_string()));
                                read(rest, found);
                            } else {
                                read(&tokens, found);
                            }
                        }
                        TokenTree::Literal(head) => found.texts.extend(string(&head.to_string())),
                        _ => {}
                    }
                }
            }
            other => read(&[other], found),
        }
    }
}

/// The value of a string literal.
fn string(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('r') {
        return raw.trim_matches('#').strip_prefix('"')?.strip_suffix('"').map(str::to_owned);
    }
    let mut value = String::new();
    let mut letters = literal.strip_prefix('"')?.strip_suffix('"')?.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some('\n')) => while letters.next_if(|next| next.is_whitespace()).is_some() {},
            ('\\', Some('n')) => {
                letters.next();
                value.push('\n');
            }
            ('\\', Some(_)) => value.extend(letters.next()),
            _ => value.push(letter),
        }
    }
    Some(value)
}

/// The texts of the help of a command and of those inside it.
fn help_of(command: &Command, take: &mut dyn FnMut(String)) {
    let abouts = [command.get_about(), command.get_long_about()].into_iter().flatten();
    abouts.map(ToString::to_string).for_each(&mut *take);
    for arg in command.get_arguments() {
        let helps = [arg.get_help(), arg.get_long_help()].into_iter().flatten();
        helps.map(ToString::to_string).for_each(&mut *take);
        arg.get_help_heading().map(str::to_owned).into_iter().for_each(&mut *take);
        if arg.get_action().takes_values() && !arg.is_hide_possible_values_set() {
            let values = arg.get_possible_values();
            values.iter().filter_map(|value| Some(value.get_help()?.to_string())).for_each(&mut *take);
        }
    }
    let inner = command.get_subcommands().filter(|inner| !is_of_others(inner));
    inner.for_each(|inner| help_of(inner, take));
    // The line of each is in the help of this command.
    for other in command.get_subcommands().filter(|inner| is_of_others(inner)) {
        other.get_about().map(ToString::to_string).into_iter().for_each(&mut *take);
    }
}

fn is_of_others(command: &Command) -> bool {
    OTHERS_HELP.contains(&command.get_name())
}
