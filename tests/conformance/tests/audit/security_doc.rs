//! `docs/security.md` names tests for what it says, as other documents do. They exist, they are tests, and every threat
//! has one.

use std::fs;

use crate::*;

/// The rows of all tables of a document: what each is about, and the cell that names its tests, the last one. Every row
/// links to one test at least, and every link leads to a test.
pub(crate) fn tested_rows(document: &str) -> Vec<(String, String)> {
    let document = workspace(document);
    let text = fs::read_to_string(&document).unwrap();
    let rows: Vec<(String, String)> = text.split("\n|---").skip(1).flat_map(cells).collect();
    for (subject, tests) in &rows {
        let links = links(tests);
        assert!(!links.is_empty(), "{subject}: no test");
        for (name, file) in links {
            let source = fs::read_to_string(document.with_file_name(file))
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(is_test(&source, name), "{subject}: {file} has no test {name}");
        }
    }
    rows
}

/// The first and the last cell of each row of a table, which begins within the line below its head.
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

/// Links to tests: ``[`name`](../file.rs)``.
fn links(cell: &str) -> Vec<(&str, &str)> {
    let names = cell.split("[`").skip(1);
    names
        .map(|rest| {
            let (name, rest) = rest.split_once("`](").unwrap_or_else(|| panic!("{rest}"));
            (name, rest.split_once(')').unwrap().0)
        })
        .collect()
}

/// Whether there is a test of this name: marked as one and not ignored, or made of it for every driver.
fn is_test(source: &str, name: &str) -> bool {
    let begins = |end: &str| source.find(&format!("fn {name}{end}"));
    if begins("<").is_some() {
        let mut lists =
            source.split("with_every_driver!(").skip(1).map(|rest| rest.split_once(')').unwrap().0);
        return lists.any(|list| list.split(',').any(|entry| entry.trim() == name));
    }
    let Some(begin) = begins("(") else { return false };
    // What stands directly before it, without a line between: its attributes and its documentation.
    let before = &source[..begin];
    let attributes = &before[before.rfind("\n\n").unwrap_or_default()..];
    ["#[test]", "#[tokio::test"].iter().any(|test| attributes.contains(test))
        && !attributes.contains("#[ignore")
}

#[test]
fn every_threat_has_its_tests() {
    let rows = tested_rows("docs/security.md");
    assert!(rows.len() > 40, "{} rows", rows.len());
    for (threat, shown_by) in rows {
        for target in shown_by.split("fuzz target `").skip(1) {
            let (target, _) = target.split_once('`').unwrap();
            let file = workspace("fuzz/fuzz_targets").join(target).with_extension("rs");
            assert!(file.exists(), "{threat}: there is no fuzz target {target}");
        }
    }
}

#[test]
fn what_is_no_test_is_noticed() {
    let source = "with_every_driver!(a, b);\n\nfn a<D: Driver>() {}\n\nfn c<D: Driver>() {}\n\n\
                  #[test]\n/// Says what.\nfn d() {}\n\nfn e() {}\n\n#[test]\n#[ignore = \"x\"]\nfn f() {}\n\n\
                  #[tokio::test]\nasync fn g() {}\n";
    let found = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| is_test(source, name));
    assert_eq!(found, [true, false, false, true, false, false, true, false]);
    assert_eq!(links("[`a`](../x.rs), fuzz target `y`, [`b`](z.rs)"), [("a", "../x.rs"), ("b", "z.rs")]);
}
