//! `/_sandbox/requests`: the log of the requests that arrived.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::control::call::Call;
use crate::control::curl::curl;
use crate::control::query::{Parameter, Values, invalid, number};
use crate::diagnosis::{Case, Shown, checks, expected_message};
use crate::journal::Entry;
use crate::platform::Platform;
use crate::protocol::json::set;
use crate::protocol::language::prefers_english;
use crate::protocol::reply::{Handled, Reply};
use crate::routes::{self, Target};

/// The parameters of the list.
pub(crate) const FILTERS: &[Parameter] = &[
    Parameter {
        name: "operation",
        values: Values::Text,
        summary: "Only requests for the operation with this name, or null for unknown paths.",
    },
    Parameter {
        name: "status",
        values: Values::HttpStatus,
        summary: "Only answers with this status, or null for none.",
    },
    Parameter {
        name: "refused",
        values: Values::Boolean,
        summary: "true: only requests that were refused with 401; false: only the others.",
    },
    Parameter {
        name: "text",
        values: Values::Text,
        summary: "Only requests with this text in method, target, headers, body or answer, whatever its case.",
    },
    Parameter {
        name: "after",
        values: Values::Integer(0, u64::MAX),
        summary: "Only requests with a larger id.",
    },
    Parameter {
        name: "limit",
        values: Values::Integer(1, 1000),
        summary: "Largest number of requests to return; 100 by default.",
    },
];

/// The number of references that are taken out of the journal while its lock is held.
const TAKEN: usize = 1000;

/// `GET /requests`
pub(crate) fn list(call: Call<'_>) -> Handled {
    let query = &call.query;
    let limit = usize::try_from(number(query, "limit", 100)).unwrap_or(usize::MAX);
    let (after, status) = (number(query, "after", 0), query.get("status"));
    let status = status.map(|status| status.parse::<u16>().ok());
    let refused = query.get("refused").map(|refused| refused == "true");
    let operation = query.get("operation");
    let text = query.get("text").map(str::to_lowercase);
    let mut known = routes::names();
    known.extend(call.platform.options.responses.names());
    if let Some(name) = operation.filter(|name| *name != "null" && !known.contains(name)) {
        return Err(invalid("operation", name, &format!("must be null or one of {}", known.join(", "))));
    }
    let matches = |entry: &Entry| {
        operation.is_none_or(|name| entry.operation.as_deref().unwrap_or("null") == name)
            && status.is_none_or(|status| entry.status() == status)
            && refused.is_none_or(|refused| (entry.status() == Some(401)) == refused)
            && text.as_ref().is_none_or(|text| holds(entry, text))
    };
    let english = prefers_english(call.headers);
    let (mut rows, mut before) = (Vec::new(), u64::MAX);
    loop {
        let taken = call.platform.journal().before(before, TAKEN);
        let newer = taken.iter().take_while(|entry| entry.id > after);
        let wanted = limit.saturating_sub(rows.len());
        rows.extend(newer.filter(|entry| matches(entry)).take(wanted).map(|entry| entry.row(english)));
        match taken.last().map(|entry| entry.id) {
            Some(oldest) if oldest > after && rows.len() < limit => before = oldest,
            _ => return Ok(Reply::ok(json!({ "requests": rows }))),
        }
    }
}

/// Whether a request or its answer has this text, which is in lower case.
fn holds(entry: &Entry, text: &str) -> bool {
    let has = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase().contains(text);
    let line = format!("{} {}", entry.method, entry.target);
    has(line.as_bytes())
        || entry.headers.values().any(|value| has(value.as_bytes()))
        || has(&entry.body)
        || entry.answer.as_ref().is_some_and(|answer| has(answer.body()))
}

/// `DELETE /requests`
pub(crate) fn clear(call: Call<'_>) -> Handled {
    let removed = call.platform.journal().clear();
    Ok(Reply::ok(json!({ "removed": removed.len() })))
}

/// `GET /requests/{id}`
pub(crate) fn read(call: Call<'_>) -> Handled {
    let id = call.path.get("id");
    let entry = id.parse().ok().and_then(|id| call.platform.journal().get(id));
    let kept = call.platform.journal().capacity();
    let entry = entry.ok_or_else(|| {
        Reply::not_found(&format!(
            "There is no request {id:?}. The last {kept} requests are kept; see --journal."
        ))
    })?;
    let english = prefers_english(call.headers);
    let mut json = entry.row(english);
    set(&mut json, "diagnosis_list", entry.diagnosis.as_ref().map(|diagnosis| diagnosis.json(english)));
    let shown = &Shown::new(&call.platform.credentials);
    set(&mut json, "headers", headers(&entry.headers, shown));
    content(&mut json, "body", &entry.body, shown);
    set(&mut json, "body_bytes", entry.body.len());
    match expected(&entry, call.platform, shown) {
        Some(message) => content(&mut json, "expected_message", &message, shown),
        None => set(&mut json, "expected_message", Value::Null),
    }
    let signed = entry.diagnosis.as_ref().and_then(|diagnosis| diagnosis.signed.as_ref());
    if let Some(signed) = signed {
        content(&mut json, "signed_message", signed, shown);
    }
    set(&mut json, "checks", checks(&entry, &call.platform.credentials, shown, english));
    set(&mut json, "curl", curl(&entry, &call.base_url().unwrap_or_default(), shown));
    let answer = entry.answer.as_ref().map(|answer| {
        let mut json =
            json!({ "status": answer.status().as_u16(), "headers": headers(answer.headers(), shown) });
        if answer.body().len() as u64 == entry.answer_bytes {
            content(&mut json, "body", answer.body(), shown);
        } else {
            set(&mut json, "body", Value::Null);
        }
        set(&mut json, "body_bytes", entry.answer_bytes);
        json
    });
    set(&mut json, "answer", answer);
    Ok(Reply::ok(json))
}

/// Adds a content as `name` if it is UTF-8, and else as `name_base64`. A content that has a key in it is not shown.
fn content(json: &mut Value, name: &str, bytes: &[u8], shown: &Shown<'_>) {
    match std::str::from_utf8(bytes) {
        Ok(_) => set(json, name, shown.whole(bytes)),
        Err(_) => set(json, &format!("{name}_base64"), STANDARD.encode(bytes)),
    }
}

/// Headers by name. The value of a header that is there more than once is a list.
fn headers(headers: &HeaderMap, shown: &Shown<'_>) -> Value {
    let by_name = headers.keys().map(|name| {
        let values = headers.get_all(name).iter();
        let mut values: Vec<Value> = values.map(|value| shown.whole(value.as_bytes()).into()).collect();
        let value = if values.len() > 1 { values.into() } else { values.pop().unwrap_or_default() };
        (title_case(name.as_str()), value)
    });
    Value::Object(by_name.collect::<Map<_, _>>())
}

/// A header's name as it is on the wire.
fn title_case(name: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}

/// The message that the client had to sign. `None` if the request is for no operation or names no time and nonce.
fn expected(entry: &Entry, platform: &Platform, shown: &Shown<'_>) -> Option<Vec<u8>> {
    let path = entry.target.split('?').next().unwrap_or_default();
    let is_operation = Target::of(&entry.method, path, &platform.options.responses).is_operation();
    is_operation.then(|| expected_message(&Case::logged(entry), shown)).flatten()
}
