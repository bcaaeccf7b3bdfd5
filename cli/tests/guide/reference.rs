//! docs/cli.md has every command and every long option of the program, as its help has them.

use std::process::Command;

use crate::document::read;
use crate::folder::PROGRAM;

#[test]
fn the_reference_has_every_command_and_option() {
    let document = read("docs/cli.md");
    let global = options(&[]);
    let mut missing = Vec::new();
    let mut seen = 0;
    visit(&mut Vec::new(), &mut |command, options| {
        seen += 1;
        let path = command.join(" ");
        let has = |text: &str| document.contains(text);
        if !path.is_empty() && !has(&format!("`{path}")) && !has(&format!("\n## {path}\n")) {
            missing.push(path.clone());
        }
        let section = section(&document, command);
        for option in options {
            let named = match global.contains(&option) {
                true => names(&document, &option),
                false => names(section, &option),
            };
            if !named {
                missing.push(format!("{path} {option}"));
            }
        }
    });
    assert!(seen > 30, "only {seen} commands were found");
    assert!(missing.is_empty(), "docs/cli.md lacks: {missing:#?}");
}

/// The section of the first word of a command.
fn section<'a>(document: &'a str, command: &[String]) -> &'a str {
    let Some(first) = command.first() else { return document };
    let Some((_, section)) = document.split_once(&format!("\n## {first}\n")) else { return "" };
    section.split("\n## ").next().unwrap()
}

/// Whether the text has the option, and not only one that begins so.
fn names(text: &str, option: &str) -> bool {
    text.match_indices(option)
        .any(|(at, _)| !text[at + option.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-'))
}

/// Visits every command with its long options.
fn visit(command: &mut Vec<String>, take: &mut impl FnMut(&[String], Vec<String>)) {
    take(command, options(command));
    // The sandbox is a program of its own, with a reference of its own.
    if command.as_slice() == ["sandbox"] {
        return;
    }
    for inner in commands(command) {
        command.push(inner);
        visit(command, take);
        command.pop();
    }
}

fn help(command: &[String]) -> String {
    let ran = Command::new(PROGRAM).args(command).arg("--help").env_clear().output().unwrap();
    assert!(ran.status.success(), "{command:?}");
    String::from_utf8(ran.stdout).unwrap()
}

/// The names below "Commands:".
fn commands(command: &[String]) -> Vec<String> {
    let help = help(command);
    let Some((_, below)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let lines = below.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    names.map(|line| line.split(' ').next().unwrap().to_owned()).filter(|name| name != "help").collect()
}

/// The long options, without those that are in the reference of the sandbox.
fn options(command: &[String]) -> Vec<String> {
    if command.first().is_some_and(|first| first == "sandbox") {
        return Vec::new();
    }
    let help = help(command);
    let lines = help.lines().filter_map(|line| {
        let line = line.trim_start();
        // Such as `-o, --out <FILE>`.
        let long = if line.starts_with("--") {
            line
        } else {
            line.split_once(", ").filter(|_| line.starts_with('-'))?.1
        };
        long.strip_prefix("--")?;
        let end = long.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(long.len());
        Some(long[..end].to_owned())
    });
    lines.filter(|option| !["--help", "--version"].contains(&option.as_str())).collect()
}
