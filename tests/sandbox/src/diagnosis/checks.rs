//! What was checked of a request, in order, with what was expected and what came.

use http::header::{ACCEPT, USER_AGENT};
use serde_json::{Value, json};

use crate::credentials::Credentials;
use crate::diagnosis::authorization;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::visible::Shown;
use crate::journal::Entry;
use crate::protocol::json::{present, set};

/// The checks in the order of the platform, and the codes of the mistakes that each one finds.
const CHECKS: [(&str, &[&str]); 8] = [
    ("headers", &[]),
    ("authorization", &["A1", "A6"]),
    ("scheme", &["A2"]),
    ("fields", &["A3", "A4", "A5"]),
    ("timestamp", &["B"]),
    ("mchid", &["C6"]),
    ("serial_no", &["C"]),
    ("signature", &["D", "E", "F", "G", "H", "Z"]),
];

/// The checks: `result` is `passed`, `failed` or `unknown`. There are none for a request that is for no operation.
pub(crate) fn checks(entry: &Entry, credentials: &Credentials, shown: &Shown<'_>, english: bool) -> Value {
    if entry.operation.is_none() && entry.diagnosis.is_none() {
        return json!([]);
    }
    let case = Case::logged(entry);
    let fields = authorization::read(&case, shown).0;
    let findings = entry.diagnosis.as_ref().map(|diagnosis| diagnosis.findings.as_slice());
    let lacks = |name| !entry.headers.contains_key(name);
    let no_headers = lacks(ACCEPT) || lacks(USER_AGENT);
    // A fault may have answered before anything was checked.
    let reached = entry.fault.is_none() || matches!(entry.status(), Some(200 | 204));
    let mut rows: Vec<Value> = Vec::new();
    let mut unread = false;
    for (name, codes) in CHECKS {
        let found: Vec<&Finding> =
            findings.unwrap_or_default().iter().filter(|it| is_of(it, name, codes)).collect();
        let field = |pick: fn(&authorization::Fields) -> &Option<String>| {
            fields
                .as_ref()
                .and_then(|fields| pick(fields).as_deref())
                .map(|text| shown.whole(text.as_bytes()))
        };
        let (expected, got) = match name {
            "headers" => (Some("Accept, User-Agent".to_owned()), header_names(&case)),
            "scheme" => (Some(authorization::SCHEME.to_owned()), scheme(&case)),
            "timestamp" => (Some(format!("{} ± 300", entry.at)), field(|it| &it.timestamp)),
            "mchid" => (Some(credentials.mchid().to_owned()), field(|it| &it.mchid)),
            "serial_no" => (Some(credentials.serial_no().to_owned()), field(|it| &it.serial_no)),
            _ => (None, None),
        };
        let failed = match name {
            "headers" => no_headers,
            _ => !found.is_empty(),
        };
        let absent = matches!(name, "timestamp" | "mchid" | "serial_no") && got.is_none();
        let result = if failed {
            "failed"
        } else if unread || absent || findings.is_none() && (no_headers || !reached) && name != "headers" {
            "unknown"
        } else {
            "passed"
        };
        // Without these, what follows cannot be read.
        unread |= failed && (name == "authorization" && fields.is_none() || name == "fields");
        let mut row = present(json!({ "check": name, "result": result, "expected": expected, "got": got }));
        if let Some(first) = found.first() {
            let says: Vec<&str> = found.iter().map(|it| it.says.get(english)).collect();
            set(&mut row, "says", says.join(" "));
            for (member, value) in [("expected", &first.expected), ("got", &first.got)] {
                if let Some(value) = value {
                    set(&mut row, member, value.as_str());
                }
            }
        }
        rows.push(row);
    }
    Value::Array(rows)
}

fn is_of(finding: &Finding, name: &str, codes: &[&str]) -> bool {
    let of = |code: &&str| finding.code.starts_with(*code);
    codes.iter().any(of) && !(name == "serial_no" && finding.code == "C6")
}

/// Those of the required headers that are there.
fn header_names(case: &Case<'_>) -> Option<String> {
    let there = [("Accept", ACCEPT), ("User-Agent", USER_AGENT)];
    let there: Vec<&str> =
        there.into_iter().filter(|(_, name)| case.headers.contains_key(name)).map(|(text, _)| text).collect();
    Some(there.join(", ")).filter(|names| !names.is_empty())
}

fn scheme(case: &Case<'_>) -> Option<String> {
    let first = case.header("authorization")?.split_ascii_whitespace().next()?;
    Some(first.chars().take(60).collect())
}
