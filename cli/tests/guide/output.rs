//! Compares what a document shows with what a program wrote.

/// What stands for something that differs: within a line for any text, as a line of its own for any lines.
const ANY: &str = "…";

/// Whether the output is what a document shows.
pub(crate) fn is_shown(shown: &str, output: &str) -> bool {
    let shown: Vec<&str> = shown.lines().map(str::trim_end).collect();
    let output: Vec<&str> = output.lines().map(str::trim_end).collect();
    lines(&shown, &output)
}

fn lines(shown: &[&str], output: &[&str]) -> bool {
    match shown.split_first() {
        None => output.is_empty(),
        Some((&ANY, rest)) => (0..=output.len()).any(|skipped| lines(rest, &output[skipped..])),
        Some((first, rest)) => {
            output.split_first().is_some_and(|(line, others)| is_line(first, line) && lines(rest, others))
        }
    }
}

fn is_line(shown: &str, line: &str) -> bool {
    match shown.split_once(ANY) {
        None => shown == line,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| is_line(after, &rest[at..]))
        }),
    }
}

#[test]
fn placeholders_stand_for_text_or_lines_and_for_nothing_else() {
    for (shown, output) in
        [("a\nb", "a\nb\n"), ("a … c", "a b c"), ("…\nc", "a\nb\nc"), ("a\n…\nc", "a\nc"), ("x …,…", "x 1,2")]
    {
        assert!(is_shown(shown, output), "{shown:?} {output:?}");
    }
    for (shown, output) in
        [("a", "a\nb"), ("a\nb", "a"), ("a … c", "a b"), ("…\nc", "c\na"), ("x … y", "x \ny"), ("", "a")]
    {
        assert!(!is_shown(shown, output), "{shown:?} {output:?}");
    }
}
