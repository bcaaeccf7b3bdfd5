//! `/`: what one wants to see first.

use serde_json::{Value, json};

use crate::calendar::rfc3339;
use crate::control::call::Call;
use crate::journal::Entry;
use crate::protocol::language::prefers_english;
use crate::protocol::reply::{Handled, Reply};

/// The number of requests on the page.
const RECENT: usize = 6;
/// The number of requests among which problems are looked for, and of problems that are shown.
const SEARCHED: usize = 1000;
const PROBLEMS: usize = 10;

/// Requests with the same mistakes in the same operation.
struct Problem<'a> {
    newest: &'a Entry,
    count: u64,
    /// Whether a newer request for the operation was accepted.
    solved: bool,
}

/// `GET /`
pub(crate) fn read(call: Call<'_>) -> Handled {
    let english = prefers_english(call.headers);
    let platform = call.platform;
    let entries = platform.journal().before(u64::MAX, SEARCHED);
    let recent: Vec<Value> = entries.iter().take(RECENT).map(|entry| entry.row(english)).collect();
    let problems: Vec<Value> =
        problems(entries.iter().map(AsRef::as_ref)).iter().map(|it| it.json(english)).collect();
    let state = platform.state();
    let platform_time = rfc3339(state.platform_time(call.real_time));
    drop(state);
    Ok(Reply::ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "mchid": platform.credentials.mchid(),
        "url": call.base_url(),
        "platform_time": platform_time,
        "requests": recent,
        "problems": problems,
    })))
}

/// Groups refused requests, newest first. Those that are not solved come first.
fn problems<'a>(newest_first: impl Iterator<Item = &'a Entry>) -> Vec<Problem<'a>> {
    let mut problems: Vec<Problem<'_>> = Vec::new();
    let mut accepted: Vec<&str> = Vec::new();
    for entry in newest_first {
        match (&entry.diagnosis, entry.operation.as_deref()) {
            (Some(_), operation) => {
                let same = |it: &&mut Problem<'_>| {
                    codes(it.newest) == codes(entry) && it.newest.operation == entry.operation
                };
                match problems.iter_mut().find(same) {
                    Some(problem) => problem.count = problem.count.saturating_add(1),
                    None => {
                        let solved = operation.is_some_and(|name| accepted.contains(&name));
                        problems.push(Problem { newest: entry, count: 1, solved });
                    }
                }
            }
            (None, Some(operation)) if entry.fault.is_none() && !accepted.contains(&operation) => {
                accepted.push(operation);
            }
            _ => {}
        }
    }
    problems.sort_by_key(|problem| problem.solved);
    problems.truncate(PROBLEMS);
    problems
}

fn codes(entry: &Entry) -> Vec<&'static str> {
    let findings = entry.diagnosis.as_ref().map(|diagnosis| diagnosis.findings.as_slice());
    findings.unwrap_or_default().iter().map(|finding| finding.code).collect()
}

impl Problem<'_> {
    fn json(&self, english: bool) -> Value {
        json!({
            "count": self.count,
            "solved": self.solved,
            "codes": codes(self.newest),
            "newest": self.newest.row(english),
        })
    }
}
