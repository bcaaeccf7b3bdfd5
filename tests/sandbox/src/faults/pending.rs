//! The list of pending faults, and their assignment to requests.

use serde_json::{Value, json};

use crate::faults::kinds::{Fault, Parameters};
use crate::protocol::json::{Object, invalid_field};
use crate::protocol::reply::{Handled, Reply};

const ANY_OPERATION: &str = "*";

/// The pending faults, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Faults(Vec<Pending>);

struct Pending {
    operation: String,
    fault: Fault,
    /// Number of requests that pass first.
    skip: u64,
    /// Number of requests that get the fault after that; at least one.
    times: u64,
    /// The JSON object that added it.
    body: Object,
}

impl Faults {
    /// `POST /_sandbox/faults`: adds a fault for one of `operations` or for any.
    pub(crate) fn add(&mut self, body: Object, operations: &[&str]) -> Handled {
        let mut parameters = Parameters(body.clone());
        let operation = parameters.text("operation")?;
        if operation != ANY_OPERATION && !operations.contains(&operation.as_str()) {
            let issue = format!("must be \"*\" or one of {}", operations.join(", "));
            return Err(invalid_field("operation", operation.into(), &issue));
        }
        let name = parameters.text("fault")?;
        let fault = Fault::read(&name, &mut parameters)?;
        let skip = parameters.number("skip", 0)?;
        let times = parameters.number("times", 1)?;
        if times == 0 {
            return Err(invalid_field("times", 0.into(), "must be an integer from 1"));
        }
        if let Some((unknown, value)) = parameters.0.into_iter().next() {
            return Err(invalid_field(&unknown, value, &format!("not a parameter of {name}")));
        }
        self.0.push(Pending { operation, fault, skip, times, body });
        Ok(Reply::ok(json!({ "faults": self.json() })))
    }

    /// `DELETE /_sandbox/faults`: removes all pending faults.
    pub(crate) fn clear(&mut self) -> Reply {
        self.0.clear();
        Reply::ok(json!({ "faults": [] }))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes the fault for the next request of this operation, and its name.
    pub(crate) fn next(&mut self, operation: &str) -> Option<(String, Fault)> {
        let matches =
            |pending: &Pending| pending.operation == ANY_OPERATION || pending.operation == operation;
        let position = self.0.iter().position(matches)?;
        let pending = self.0.get_mut(position)?;
        if let Some(left) = pending.skip.checked_sub(1) {
            pending.skip = left;
            return None;
        }
        let name = pending.body.get("fault").and_then(Value::as_str).unwrap_or_default().to_owned();
        match pending.times.saturating_sub(1) {
            0 => Some((name, self.0.remove(position).fault)),
            left => {
                pending.times = left;
                Some((name, pending.fault.clone()))
            }
        }
    }

    /// Returns the faults as they were added, with the remaining `skip` and `times`.
    pub(crate) fn json(&self) -> Vec<Value> {
        self.0.iter().map(Pending::json).collect()
    }

    /// Returns one of them, counted from 0.
    pub(crate) fn json_at(&self, position: usize) -> Option<Value> {
        self.0.get(position).map(Pending::json)
    }
}

impl Pending {
    fn json(&self) -> Value {
        let mut json = self.body.clone();
        json.insert("skip".to_owned(), self.skip.into());
        json.insert("times".to_owned(), self.times.into());
        Value::Object(json)
    }
}
