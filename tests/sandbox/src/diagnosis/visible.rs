//! Excerpts of what a client sent, made visible and short, without secrets.

use crate::credentials::Credentials;

/// Bytes before and after the first difference that an excerpt shows.
const BEFORE: usize = 24;
const AFTER: usize = 48;

/// Shows texts, but none that has a private key or the APIv3 key in it.
pub(crate) struct Shown<'a>(&'a Credentials);

/// The first difference of two byte strings.
pub(crate) struct Difference {
    /// Byte offset, counted from 0.
    pub(crate) offset: usize,
    /// Line, counted from 1.
    pub(crate) line: usize,
    pub(crate) expected: String,
    pub(crate) got: String,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(credentials: &'a Credentials) -> Self {
        Self(credentials)
    }

    /// The beginning of a text.
    pub(crate) fn text(&self, bytes: &[u8]) -> String {
        self.around(bytes, 0)
    }

    /// The whole text, as it is.
    pub(crate) fn whole(&self, bytes: &[u8]) -> String {
        if self.is_secret(bytes) { hidden() } else { String::from_utf8_lossy(bytes).into_owned() }
    }

    /// Compares two texts. Returns `None` if they are equal.
    pub(crate) fn difference(&self, expected: &[u8], got: &[u8]) -> Option<Difference> {
        if expected == got {
            return None;
        }
        let same = expected.iter().zip(got).take_while(|(one, other)| one == other).count();
        let newlines = expected.iter().take(same).filter(|byte| **byte == b'\n').count();
        Some(Difference {
            offset: same,
            line: newlines.saturating_add(1),
            expected: self.around(expected, same),
            got: self.around(got, same),
        })
    }

    fn around(&self, bytes: &[u8], at: usize) -> String {
        if self.is_secret(bytes) {
            return hidden();
        }
        // Begins and ends between two characters, if the text is UTF-8.
        let is_inside = |at: &usize| bytes.get(*at).is_some_and(|byte| byte & 0xC0 == 0x80);
        let start = at.saturating_sub(BEFORE).min(bytes.len());
        let start = (start.saturating_sub(3)..=start).rev().find(|at| !is_inside(at)).unwrap_or(start);
        let end = at.saturating_add(AFTER).min(bytes.len());
        let end = (end..end.saturating_add(3)).find(|at| !is_inside(at)).unwrap_or(end);
        let excerpt = visible(bytes.get(start..end).unwrap_or_default());
        let dots = |cut: bool| if cut { "…" } else { "" };
        format!("{}{excerpt}{}", dots(start > 0), dots(end < bytes.len()))
    }

    fn is_secret(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let lines = self.0.private_key_pem().lines().map(str::trim);
        let key = lines.filter(|line| line.len() >= 32 && !line.starts_with('-'));
        text.contains("PRIVATE KEY")
            || text.contains(self.0.api_v3_key())
            || key.into_iter().any(|line| text.contains(line))
    }
}

fn hidden() -> String {
    "(not shown: it has a key in it)".to_owned()
}

/// Makes line ends, tabs and other control characters visible.
fn visible(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for c in String::from_utf8_lossy(bytes).chars() {
        match c {
            '\n' => shown.push('↵'),
            '\r' => shown.push('␍'),
            '\t' => shown.push('⇥'),
            c => match visible_name(c) {
                Some(name) => shown.push_str(&name),
                None => shown.push(c),
            },
        }
    }
    shown
}

/// The name that is shown in place of a character that cannot be seen or that turns others around. Line ends and tabs
/// have none.
pub(crate) fn visible_name(c: char) -> Option<String> {
    let invisible = c.is_control() && !matches!(c, '\n' | '\r' | '\t')
        || matches!(c, '\u{a0}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    match c {
        '\u{feff}' => Some("<BOM>".to_owned()),
        c => invisible.then(|| format!("<U+{:04X}>", u32::from(c))),
    }
}
