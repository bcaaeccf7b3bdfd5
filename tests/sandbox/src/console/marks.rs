//! Messages with their newlines and blanks visible. The marks are drawn by the stylesheet, so that a copied selection
//! is the message itself.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::view::ViewContext;

/// What is longer is shown without marks from there on.
const MARKED: usize = 32 * 1024;

/// A message, line by line.
pub(crate) fn message(message: &str, label: &str) -> Markup {
    let cut = (0..=MARKED.min(message.len())).rev().find(|at| message.is_char_boundary(*at)).unwrap_or(0);
    let (marked, rest) = message.split_at_checked(cut).unwrap_or((message, ""));
    html! {
        pre.message tabindex="0" aria-label=(label) {
            @for line in marked.split_inclusive('\n') { (marked_line(line)) }
            (rest)
        }
    }
}

/// A line; its end is marked if it has one.
fn marked_line(line: &str) -> Markup {
    match line.strip_suffix('\n') {
        Some(content) => html! { (blanks(content)) span.nl {} "\n" },
        None => blanks(line),
    }
}

fn blanks(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split(' ').enumerate() {
            @if at > 0 { span.sp { " " } }
            @for (at, part) in part.split('\r').enumerate() {
                @if at > 0 { span.cr {} }
                (part)
            }
        }
    }
}

/// The expected and the signed message, if both are known and differ.
pub(crate) fn different_messages(json: &Value) -> Option<(&str, &str)> {
    let message = |name: &str| json.get(name).and_then(Value::as_str);
    message("expected_message").zip(message("signed_message")).filter(|(expected, signed)| expected != signed)
}

/// What was signed, if it was found, as a difference from what had to be signed.
pub(crate) fn signed(json: &Value, context: &ViewContext) -> Markup {
    html! {
        @if let Some((expected, signed)) = different_messages(json) {
            section {
                h2 { (context.say("你签名的原文与应签名的不同", "What you signed differs from what was expected")) }
                (difference(expected, signed, context))
            }
        }
    }
}

/// The expected and the signed message, line by line, with the first byte that differs marked.
fn difference(expected: &str, signed: &str, context: &ViewContext) -> Markup {
    let (ours, theirs): (Vec<&str>, Vec<&str>) =
        (expected.split_inclusive('\n').collect(), signed.split_inclusive('\n').collect());
    let lines = ours.len().max(theirs.len());
    let (must, did) = (context.say("应为", "expected"), context.say("签了", "signed"));
    html! {
        div.diff role="group" aria-label=(context.say("应签与所签的差异", "Difference of expected and signed message")) {
            @for at in 0..lines {
                @match (ours.get(at).copied(), theirs.get(at).copied()) {
                    (Some(one), Some(other)) if one == other => div.line {
                        span.side { (at.saturating_add(1)) }
                        pre { (marked_line(one)) }
                    },
                    (one, other) => {
                        (side(must, "minus", one, other))
                        (side(did, "plus", other, one))
                    }
                }
            }
        }
    }
}

/// One side of a line that differs.
fn side(word: &str, class: &str, line: Option<&str>, other: Option<&str>) -> Markup {
    let (line, other) = (line.unwrap_or_default(), other.unwrap_or_default());
    let same = line.char_indices().zip(other.chars()).find(|((_, one), other)| one != other);
    let at = same.map_or(line.len().min(other.len()), |((at, _), _)| at);
    let at = if line.is_char_boundary(at) { at } else { 0 };
    let (before, after) = line.split_at_checked(at).unwrap_or((line, ""));
    let mut rest = after.chars();
    let first = rest.next();
    html! {
        div class={ "line " (class) } {
            span.side { (word) }
            pre {
                (blanks(before))
                @match first {
                    Some('\n') => mark { span.nl {} },
                    Some(c) => { mark { (blanks(&c.to_string())) } (marked_line(rest.as_str())) }
                    None => mark.end {},
                }
            }
        }
    }
}
