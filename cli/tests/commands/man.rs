//! `man`: manual pages.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use crate::program::Program;

/// The commands with their inner ones, as the help has them.
fn commands(program: &Program, command: &str, found: &mut BTreeSet<String>) {
    found.insert(format!("wechatpay{}.1", command.replace(' ', "-")));
    let help = program.run(&format!("{command} --help")).succeeded().stdout;
    let Some((_, below)) = help.split_once("\nCommands:\n") else { return };
    let lines = below.lines().take_while(|line| !line.is_empty());
    for name in lines.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' '))) {
        let name = name.split(' ').next().unwrap();
        if name != "help" {
            commands(program, &format!("{command} {name}"), found);
        }
    }
}

#[test]
fn every_command_has_a_page() {
    let program = Program::new();
    let written = program.json("man --dir pages");
    let mut expected = BTreeSet::new();
    commands(&program, "", &mut expected);
    assert!(expected.len() > 30 && expected.contains("wechatpay-send-run.1"), "{expected:?}");
    let files = fs::read_dir(program.path("pages")).unwrap().map(|it| it.unwrap().file_name());
    let files: BTreeSet<String> = files.map(|name| name.into_string().unwrap()).collect();
    assert_eq!(files, expected);
    assert_eq!(written["files"].as_array().unwrap().len(), expected.len());
}

#[test]
fn the_main_page_is_that_of_the_folder_and_has_exit_codes_variables_and_files() {
    let program = Program::new();
    program.run("man --dir pages").succeeded();
    let main = program.run("man").succeeded().stdout;
    assert_eq!(main, fs::read_to_string(program.path("pages/wechatpay.1")).unwrap());
    for text in [
        ".SH \"EXIT STATUS\"",
        ".SH ENVIRONMENT",
        ".SH FILES",
        "\\fB130\\fR",
        "WECHATPAY_LEDGER",
        "wechatpay\\-ledger.db",
    ] {
        assert!(main.contains(text), "{text}: {main}");
    }
    let run = fs::read_to_string(program.path("pages/wechatpay-send-run.1")).unwrap();
    assert!(run.contains("\\-\\-canary") && run.contains("\\fBwechatpay\\-send\\fR(1)"), "{run}");
}

/// Without groff there is nothing to ask.
#[test]
fn the_pages_are_rendered_without_a_warning() {
    let groff = |file: &std::path::Path| {
        let mut groff = Command::new("groff");
        groff
            .args(["-man", "-Kutf8", "-Tutf8", "-ww", "-rCHECKSTYLE=3"])
            .arg(file)
            .stdin(Stdio::null())
            .output()
    };
    let program = Program::new();
    for language in ["en", "zh"] {
        program.run(&format!("man --dir {language} --lang {language}")).succeeded();
        for file in fs::read_dir(program.path(language)).unwrap() {
            let file = file.unwrap().path();
            let Ok(rendered) = groff(&file) else {
                println!("left out: groff is not installed");
                return;
            };
            let warnings = String::from_utf8_lossy(&rendered.stderr);
            assert!(rendered.status.success() && warnings.is_empty(), "{}: {warnings}", file.display());
            assert!(rendered.stdout.len() > 1000, "{}", file.display());
        }
    }
}
