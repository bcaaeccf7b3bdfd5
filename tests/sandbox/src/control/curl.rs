//! A request as a command for a shell.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;

use crate::diagnosis::Shown;
use crate::journal::Entry;

/// Headers that curl sets by itself.
const OWN: [&str; 6] =
    ["host", "content-length", "connection", "transfer-encoding", "expect", "accept-encoding"];

/// The command that sends the request again. The signature is accepted for five minutes.
pub(crate) fn curl(entry: &Entry, base: &str, shown: &Shown<'_>) -> String {
    let text = |bytes: &[u8]| quoted(&shown.whole(bytes));
    let mut command = "curl".to_owned();
    if entry.method != Method::GET || !entry.body.is_empty() {
        command.push_str(&format!(" -X {}", quoted(entry.method.as_str())));
    }
    command.push_str(&format!(" {}", quoted(&format!("{base}{}", entry.listed_target))));
    for (name, value) in entry.headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        command.push_str(&format!(
            " \\\n  -H {}",
            text(&[name.as_str().as_bytes(), b": ", value.as_bytes()].concat())
        ));
    }
    match std::str::from_utf8(&entry.body) {
        Ok("") => command,
        Ok(_) => format!("{command} \\\n  --data-raw {}", text(&entry.body)),
        Err(_) => format!(
            "printf %s {} | base64 -d | {command} \\\n  --data-binary @-",
            STANDARD.encode(&entry.body)
        ),
    }
}

/// A text in quotes for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
