//! Callbacks in a document.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::import::entry::Entry;
use crate::protocol::json::present;
use crate::protocol::problem::refused;
use crate::protocol::reply::Reply;
use crate::state::notification::Notification;

/// What an export shows of a callback and follows from the rest.
const DERIVED: [&str; 4] = ["coupon_id", "delivered", "last_status", "last_failure"];

pub(super) fn read(
    value: Value,
    pointer: String,
    now: u64,
    ids: &mut HashSet<String>,
) -> Result<Notification, Reply> {
    let mut entry = Entry::new(value, pointer, now, &DERIVED)?;
    let id = entry.members.text("id")?;
    let created = entry.time_or_now("create_time")?;
    let event_type = entry.members.text("event_type")?;
    let url = entry.members.text("notify_url")?;
    let plaintext = entry.members.take("plaintext").unwrap_or_default();
    let body = entry.members.text("body")?;
    let attempts = entry.members.number("attempts")?.unwrap_or(0);
    let next = entry.time("next_attempt_time")?;
    let statuses = ["due", "in_flight", "delivered", "given_up", "cancelled"];
    let status = entry.members.one_of("status", &statuses)?.unwrap_or("due");
    // Of an attempt in flight the result will not be known here, so it is made again.
    let progress = match (status, next) {
        ("due", next) => json!({ "due": next.unwrap_or(now) }),
        ("in_flight", Some(due)) => json!({ "due": due }),
        ("in_flight", None) => json!("cancelled"),
        (ended, _) => json!(ended),
    };
    let ended = ended(&mut entry)?;
    if !ids.insert(id.clone()) {
        return Err(entry.members.invalid("id", id.into(), "must not be that of another callback"));
    }
    let pointer = entry.pointer.clone();
    entry.end()?;
    // As the state file has it.
    let stored = json!({
        "id": id, "created": created, "event_type": event_type, "url": url, "plaintext": plaintext, "body": body,
        "course": { "attempts": attempts, "ended": ended, "progress": progress },
    });
    serde_json::from_value(stored)
        .map_err(|error| refused("body", &pointer, Value::Null, &format!("is not valid: {error}")))
}

fn ended(entry: &mut Entry) -> Result<Vec<Value>, Reply> {
    let list = match entry.members.take("attempt_list") {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(other) => return Err(entry.members.invalid("attempt_list", other, "must be a list")),
    };
    let attempts = list.into_iter().enumerate().map(|(at, value)| {
        let mut inner = Entry::new(value, format!("{}/attempt_list/{at}", entry.pointer), entry.now, &[])?;
        let number = inner.members.positive("number")?.unwrap_or(1);
        let began = inner.time_or_now("time")?;
        let failure = inner.members.optional_text("failure")?;
        let status = inner.members.number("status")?.filter(|status| (100..=999).contains(status));
        let result = match (status, failure) {
            (Some(status), None) => json!({ "Ok": status }),
            (None, Some(failure)) => json!({ "Err": failure }),
            _ => {
                let rule = "must be the status of the response, unless there is a member failure";
                return Err(inner.members.invalid("status", Value::Null, rule));
            }
        };
        inner.end()?;
        Ok(present(json!({ "number": number, "began": began, "result": result })))
    });
    attempts.collect()
}
