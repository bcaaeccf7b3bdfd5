//! `docs/threats.md` and `go_defects.md` link to tests. The links are checked: every linked test exists and is run, and
//! every threat has at least one.

use std::fs;
use std::path::Path;

use crate::*;

/// The rows of all tables of a document: the first cell of each and the last, which links to tests. Fails unless every
/// row has a link and every link leads to a test.
pub(crate) fn tested_rows(document: &str) -> Vec<(String, String)> {
    let document = workspace(document);
    let text = fs::read_to_string(&document).unwrap();
    let rows: Vec<(String, String)> = text.split("\n|---").skip(1).flat_map(cells).collect();
    for (subject, tests) in &rows {
        check_links(&document, subject, tests);
    }
    rows
}

/// The first and the last cell of each row of a table. `table` begins inside the line below its head.
fn cells(table: &str) -> impl Iterator<Item = (String, String)> {
    let mut lines = table.lines();
    let columns = lines.next().unwrap().matches('|').count();
    lines.take_while(|line| line.starts_with('|')).map(move |line| {
        let row = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |"));
        let cells: Vec<&str> = row.unwrap_or_else(|| panic!("{line}")).split(" | ").collect();
        assert_eq!(cells.len(), columns, "{line}");
        (cells[0].to_owned(), cells[columns - 1].to_owned())
    })
}

/// The threats of a document: the title of each section `###`, and its paragraphs.
fn threats(text: &str) -> Vec<(&str, &str)> {
    let sections = text.split("\n## ").flat_map(|part| part.split("\n### ").skip(1));
    sections.map(|section| section.split_once('\n').unwrap()).collect()
}

/// The list below `**Tests:**` in the section of a threat. Fails if a part of the section is missing or there is more.
fn tests_of<'a>(threat: &str, section: &'a str) -> &'a str {
    let (attack, rest) =
        section.split_once("\n**Defence:** ").unwrap_or_else(|| panic!("{threat}: no defence"));
    assert!(attack.trim().starts_with("**Attack:** "), "{threat}: no attack");
    let (_, tests) = rest.split_once("\n**Tests:**\n").unwrap_or_else(|| panic!("{threat}: no tests"));
    for line in tests.lines().filter(|line| !line.is_empty()) {
        assert!(line.starts_with("- [`") || line.starts_with("- fuzz target `"), "{threat}: {line}");
    }
    tests
}

/// Fails unless `text` has a link to a test, and every such link leads to one.
fn check_links(document: &Path, subject: &str, text: &str) {
    let links = links(text);
    assert!(!links.is_empty(), "{subject}: no test");
    for (name, file) in links {
        let source = fs::read_to_string(document.with_file_name(file))
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(is_test(&source, name), "{subject}: {file} has no test {name}");
    }
}

/// Links to tests: ``[`name`](../file.rs)``.
fn links(text: &str) -> Vec<(&str, &str)> {
    let names = text.split("[`").skip(1);
    names
        .map(|rest| {
            let (name, rest) = rest.split_once("`](").unwrap_or_else(|| panic!("{rest}"));
            (name, rest.split_once(')').unwrap().0)
        })
        .collect()
}

/// Whether `source` has a test of this name: a function with the attribute that is not ignored, or one that is run for
/// every driver or with every kind of ledger.
fn is_test(source: &str, name: &str) -> bool {
    let begins = |end: &str| source.find(&format!("fn {name}{end}"));
    let is_listed = |begin: &str| {
        let mut lists = source.split(begin).skip(1).map(|rest| rest.split_once(')').unwrap().0);
        lists.any(|list| list.split(',').any(|entry| entry.trim() == name))
    };
    if begins("<").is_some() {
        return is_listed("with_every_driver!(");
    }
    if begins("(").is_some() && is_listed("everywhere!(") {
        return true;
    }
    let Some(begin) = begins("(") else { return false };
    // The lines directly before it, up to an empty line: its attributes and its documentation.
    let before = &source[..begin];
    let attributes = &before[before.rfind("\n\n").unwrap_or_default()..];
    ["#[test]", "#[tokio::test"].iter().any(|test| attributes.contains(test))
        && !attributes.contains("#[ignore")
}

#[test]
fn every_threat_has_tests_that_exist() {
    let document = workspace("docs/threats.md");
    let text = fs::read_to_string(&document).unwrap();
    let threats = threats(&text);
    assert!(threats.len() > 40, "{} threats", threats.len());
    for (threat, section) in threats {
        let tests = tests_of(threat, section);
        check_links(&document, threat, tests);
        for target in tests.split("fuzz target `").skip(1) {
            let (target, _) = target.split_once('`').unwrap();
            let file = workspace("fuzz/fuzz_targets").join(target).with_extension("rs");
            assert!(file.exists(), "{threat}: there is no fuzz target {target}");
        }
    }
}

#[test]
fn a_function_that_is_not_a_test_is_reported() {
    let source = "with_every_driver!(a, b);\n\nfn a<D: Driver>() {}\n\nfn c<D: Driver>() {}\n\n\
                  #[test]\n/// Says what.\nfn d() {}\n\nfn e() {}\n\n#[test]\n#[ignore = \"x\"]\nfn f() {}\n\n\
                  #[tokio::test]\nasync fn g() {}\n\n\
                  fn i() {}\n\neverywhere!(\n    i,\n    j,\n);\n";
    let found = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map(|name| is_test(source, name));
    assert_eq!(found, [true, false, false, true, false, false, true, false, true, false]);
    assert_eq!(links("[`a`](../x.rs), fuzz target `y`, [`b`](z.rs)"), [("a", "../x.rs"), ("b", "z.rs")]);
}

#[test]
fn the_sections_of_threats_are_found() {
    let text = "# Threats\n\n## Network\n\n### One\n\n**Attack:** A.\n\n**Defence:** D.\n\n**Tests:**\n\n- [`a`](x.rs)\n\n\
                ### Two\n\nText.\n\n## Left\n\n- more\n";
    let threats = threats(text);
    assert_eq!(threats.iter().map(|(title, _)| *title).collect::<Vec<_>>(), ["One", "Two"]);
    assert_eq!(tests_of("One", threats[0].1).trim(), "- [`a`](x.rs)");
}
