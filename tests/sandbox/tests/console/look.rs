//! Stylesheet and script.

use std::collections::BTreeMap;

use crate::ask;
use crate::common::Client;

fn asset(name: &str) -> String {
    let reply = ask(&Client::new(), "GET", &format!("/_sandbox/{name}"), &[], "");
    assert_eq!(reply.status, 200);
    let kind = match name.rsplit_once('.').unwrap().1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };
    assert_eq!((reply.header("content-type"), reply.header("x-content-type-options")), (kind, "nosniff"));
    String::from_utf8(reply.body.to_vec()).unwrap()
}

/// Browsers ask for it where no icon is named.
#[test]
fn the_icon_is_also_where_browsers_look_for_one() {
    let reply = ask(&Client::new(), "GET", "/favicon.ico", &[], "");
    assert_eq!((reply.status, reply.header("content-type")), (200, "image/svg+xml"));
    assert_eq!(reply.body, asset("icon.svg"));
}

/// The colours of a part of the stylesheet by name.
fn colours(css: &str) -> BTreeMap<&str, f64> {
    let declarations =
        css.split(['{', '}', ';']).filter_map(|part| part.trim().strip_prefix("--")?.split_once(": #"));
    declarations.map(|(name, colour)| (name, luminance(colour))).collect()
}

/// The relative luminance of WCAG 2.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

#[test]
fn contrast_is_enough_in_light_and_dark() {
    let css = asset("console.css");
    let (light, dark) = css.split_once("prefers-color-scheme: dark").unwrap();
    let dark = dark.split_once("\n}\n").unwrap().0;
    let pairs = [
        ("ink", "paper"),
        ("ink", "box"),
        ("soft", "paper"),
        ("soft", "box"),
        ("link", "paper"),
        ("link", "box"),
        ("good", "good-box"),
        ("warn", "warn-box"),
        ("bad", "bad-box"),
        ("bad", "paper"),
        ("ink", "good-box"),
        ("ink", "bad-box"),
        ("link", "good-box"),
        ("link", "bad-box"),
        ("mark-ink", "mark"),
        ("button-ink", "button"),
    ];
    for (mode, css) in [("light", light), ("dark", dark)] {
        let colours = colours(css);
        assert_eq!(colours.len(), 16, "{mode}: {colours:?}");
        for (ink, paper) in pairs {
            let (one, other) = (colours[ink], colours[paper]);
            let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
            assert!(contrast >= 4.5, "{mode}: {ink} on {paper} is {contrast:.2}");
        }
    }
    // Colours are only in the variables.
    let rules = css.split_once("* { box-sizing").unwrap().1;
    assert!(
        !rules.contains('#')
            || rules
                .match_indices('#')
                .all(|(at, _)| rules[at..].starts_with("#form-") || rules[at..].starts_with("#connection"))
    );
}

#[test]
fn the_script_is_short_and_nothing_is_loaded_from_elsewhere() {
    let (css, script, icon) = (asset("console.css"), asset("console.js"), asset("icon.svg"));
    assert!(script.lines().count() <= 150, "{}", script.lines().count());
    for part in ["http:", "https:", "//cdn", "import", "eval(", "innerHTML =", "url("] {
        assert!(!script.contains(part) && !css.contains(part), "{part}");
    }
    assert_eq!(icon.matches("http").count(), 1, "the name of its format only");
}

/// The programs are in two places, because the package has no `docs/`.
#[test]
fn the_programs_are_those_of_the_documentation() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let guide = std::fs::read_to_string(format!("{root}/docs/sandbox.md")).unwrap();
    let html = crate::open(&Client::new(), "/_sandbox/connect", "en");
    for name in ["go", "java", "php", "python", "node", "rust", "shell", "compose"] {
        let path = format!("{root}/tests/sandbox/src/console/snippets/{name}.txt");
        let program = std::fs::read_to_string(path).unwrap();
        assert!(guide.contains(&format!("\n{program}```\n")), "{name} is not in docs/sandbox.md");
        let escaped =
            program.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        assert!(html.contains(&escaped), "{name} is not in the page");
    }
}
