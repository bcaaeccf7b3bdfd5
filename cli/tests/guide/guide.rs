//! Runs the commands of the documents. In them, a block
//!
//! - `sh` is run. If its last command fails, its exit code is in a comment behind it;
//! - `text` is all that the block before it writes, to stdout and to stderr;
//! - `sh postgres` is run in `several.rs`;
//! - `sh install` is not run: what it installs is there already;
//! - `sh real` is for a real merchant: its commands are not run, but must be such that the program understands them.

use std::process::Command;

use crate::document::{Block, blocks, read};
use crate::folder::{Folder, PROGRAM};
use crate::output::is_shown;

const EXIT_CODE: &str = "# exit code ";

#[test]
fn the_guide_shows_what_the_program_does() {
    let document = read("docs/campaign.md");
    let ran = run_all("docs/campaign.md", &blocks(&document));
    assert!(ran > 20, "only {ran} blocks were run");
}

#[test]
fn the_guide_names_only_options_that_there_are() {
    let document = read("docs/campaign.md");
    let blocks = blocks(&document);
    let real: Vec<_> = blocks.iter().filter(|block| block.info == "sh real").collect();
    assert!(!real.is_empty());
    for block in real {
        for command in block.text.lines() {
            assert_eq!(unknown(command), None, "docs/campaign.md, line {}: {command}", block.line);
        }
    }
}

#[test]
fn a_command_that_the_program_does_not_understand_is_noticed() {
    assert_eq!(unknown("wechatpay send run spring --confirm 9865000"), None);
    for wrong in [
        "wechatpay send run spring --confirmed 9865000",
        "wechatpay send go spring",
        "wechatpay send run",
        "wechatpay resolve spring",
        "wechatpay send resolve spring --as perhaps --note x",
        "ls",
    ] {
        assert!(unknown(wrong).is_some(), "{wrong}");
    }
}

/// The first block of commands in the READMEs is what a newcomer types.
#[test]
fn the_first_commands_of_the_readmes_work() {
    for path in ["README.md", "README.zh-CN.md"] {
        let document = read(path);
        let mut first = blocks(&document).into_iter().skip_while(|block| block.info != "sh").take(2);
        let (mut commands, shown) = (first.next().unwrap(), first.next().unwrap());
        assert!(commands.text.starts_with("cargo install --locked --path cli\n"), "{path}: {commands:?}");
        for command in ["send plan", "send run", "send status"] {
            assert!(commands.text.contains(&format!("\nwechatpay {command} ")), "{path}: {command}");
        }
        assert_eq!(shown.info, "text", "{path}: what the commands write");
        // What it installs is on the path already.
        commands.text = commands.text.split_once('\n').unwrap().1.to_owned();
        assert_eq!(run_all(path, &[commands, shown]), 1);
    }
}

/// Runs the blocks in one folder, and compares what they write. Returns how many were run.
fn run_all(path: &str, blocks: &[Block]) -> usize {
    let folder = Folder::new();
    let mut ran = 0;
    let mut written = None;
    for block in blocks {
        let place = format!("{path}, line {}", block.line);
        match block.info.as_str() {
            "sh" => {
                let (output, code) = folder.run(&block.text);
                assert_eq!(code, exit_code(block), "{place}: exit code of\n{}\n{output}", block.text);
                ran += 1;
                written = Some(output);
            }
            "text" => {
                let output = written.take().unwrap_or_else(|| panic!("{place}: no block before it was run"));
                assert!(is_shown(&block.text, &output), "{place}: shown\n{}\nwritten\n{output}", block.text);
            }
            _ => written = None,
        }
    }
    ran
}

/// The exit code that the document has for the last command of a block.
fn exit_code(block: &Block) -> i32 {
    let codes: Vec<_> = block.text.match_indices(EXIT_CODE).collect();
    let [(at, _)] = codes.as_slice() else {
        assert_eq!(codes, [], "line {}: the shell ends with the first of them", block.line);
        return 0;
    };
    block.text[at + EXIT_CODE.len()..].trim_end().parse().unwrap()
}

/// What the program does not understand in a command. It is not carried out: its env file does not exist, and is read first.
fn unknown(command: &str) -> Option<String> {
    let Some(arguments) = command.strip_prefix("wechatpay ") else {
        return Some("another program".to_owned());
    };
    // The shell takes the words apart. What stands last counts.
    let line = format!("{PROGRAM} {arguments} --env-file /does-not-exist/merchant.env");
    let ran = Command::new("sh").args(["-c", &line]).env_clear().output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    match (ran.status.code(), said.contains("/does-not-exist/merchant.env")) {
        (Some(8), true) => None,
        _ => Some(said),
    }
}
