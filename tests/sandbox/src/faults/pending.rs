//! Faults that were asked for, and which request meets which.

use serde_json::{Value, json};

use crate::faults::kinds::{Fault, Parameters};
use crate::protocol::json::{Object, object, wrong_field};
use crate::protocol::reply::{Handled, Reply};

const ANY_OPERATION: &str = "*";

/// Those that no request has met yet, in the order in which they were asked for.
#[derive(Default)]
pub(crate) struct Faults(Vec<Pending>);

struct Pending {
    operation: String,
    fault: Fault,
    /// How many requests pass first.
    skip: u64,
    /// How many meet it then; at least one.
    times: u64,
    /// As it was asked for.
    body: Object,
}

impl Faults {
    /// `POST /_sandbox/faults`: one more, for one of these operations or for any.
    pub(crate) fn add(&mut self, body: &[u8], operations: &[&str]) -> Handled {
        let body = object(body)?;
        let mut parameters = Parameters(body.clone());
        let operation = parameters.text("operation")?;
        if operation != ANY_OPERATION && !operations.contains(&operation.as_str()) {
            let known = format!("\"*\" or one of {}", operations.join(", "));
            return Err(wrong_field("operation", operation.into(), &known));
        }
        let name = parameters.text("fault")?;
        let fault = Fault::read(&name, &mut parameters)?;
        let skip = parameters.number("skip", 0)?;
        let times = parameters.number("times", 1)?;
        if times == 0 {
            return Err(wrong_field("times", 0.into(), "a number from 1"));
        }
        if let Some((unknown, value)) = parameters.0.into_iter().next() {
            return Err(wrong_field(&unknown, value, &format!("not a parameter of {name}")));
        }
        self.0.push(Pending { operation, fault, skip, times, body });
        Ok(Reply::ok(json!({ "faults": self.json() })))
    }

    /// `DELETE /_sandbox/faults`.
    pub(crate) fn clear(&mut self) -> Reply {
        self.0.clear();
        Reply::ok(json!({ "faults": [] }))
    }

    /// What the next request for this operation meets.
    pub(crate) fn next(&mut self, operation: &str) -> Option<Fault> {
        let concerned =
            |pending: &Pending| pending.operation == ANY_OPERATION || pending.operation == operation;
        let position = self.0.iter().position(concerned)?;
        let pending = self.0.get_mut(position)?;
        if let Some(left) = pending.skip.checked_sub(1) {
            pending.skip = left;
            return None;
        }
        match pending.times.saturating_sub(1) {
            0 => Some(self.0.remove(position).fault),
            left => {
                pending.times = left;
                Some(pending.fault.clone())
            }
        }
    }

    /// As they were asked for, with what is left of `skip` and `times`.
    pub(crate) fn json(&self) -> Vec<Value> {
        let pending = self.0.iter().map(|pending| {
            let mut json = pending.body.clone();
            json.insert("skip".to_owned(), pending.skip.into());
            json.insert("times".to_owned(), pending.times.into());
            Value::Object(json)
        });
        pending.collect()
    }
}
