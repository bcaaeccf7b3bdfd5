//! The list of pending faults, and their assignment to requests.

use serde_json::{Value, json};

use crate::faults::kinds::Fault;
use crate::protocol::json::Object;
use crate::protocol::parameters::Parameters;
use crate::protocol::reply::{Handled, Reply};

const ANY_OPERATION: &str = "*";

/// The limit of pending faults.
const MAX_PENDING: usize = 1000;

/// The pending faults, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Faults {
    pending: Vec<Pending>,
    last_id: u64,
}

struct Pending {
    /// Counted from 1.
    id: u64,
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
        let mut parameters = Parameters::new(body.clone());
        let operation = parameters.text("operation")?;
        if operation != ANY_OPERATION && !operations.contains(&operation.as_str()) {
            let rule = format!("must be \"*\" or one of {}", operations.join(", "));
            return Err(parameters.invalid("operation", operation.into(), &rule));
        }
        let name = parameters.text("fault")?;
        let fault = Fault::read(&name, &mut parameters)?;
        let skip = parameters.number("skip")?.unwrap_or(0);
        let times = parameters.positive("times")?.unwrap_or(1);
        parameters.end(&format!("is not a parameter of {name}"))?;
        if self.pending.len() >= MAX_PENDING {
            return Err(Reply::conflict(&format!(
                "{MAX_PENDING} faults are pending, which is the limit; remove some with DELETE /_sandbox/faults."
            )));
        }
        let id = self.last_id.saturating_add(1);
        self.last_id = id;
        self.pending.push(Pending { id, operation, fault, skip, times, body });
        Ok(Reply::ok(json!({ "id": id, "faults": self.json() })))
    }

    /// `GET /_sandbox/faults/{id}`: returns a pending fault.
    pub(crate) fn get(&self, id: &str) -> Handled {
        Ok(Reply::ok(self.pending.get(self.position(id)?).map(Pending::json).unwrap_or_default()))
    }

    /// `DELETE /_sandbox/faults/{id}`: removes a pending fault.
    pub(crate) fn remove(&mut self, id: &str) -> Handled {
        self.pending.remove(self.position(id)?);
        Ok(Reply::ok(json!({ "faults": self.json() })))
    }

    fn position(&self, id: &str) -> Result<usize, Reply> {
        let position = self.pending.iter().position(|pending| pending.id.to_string() == id);
        position.ok_or_else(|| {
            Reply::not_found(&format!("No fault with the id {id:?} is pending; it may have been used up."))
        })
    }

    /// `DELETE /_sandbox/faults`: removes all pending faults.
    pub(crate) fn clear(&mut self) -> Reply {
        self.pending.clear();
        Reply::ok(json!({ "faults": [] }))
    }

    pub(crate) fn len(&self) -> usize {
        self.pending.len()
    }

    /// Takes the fault for the next request of this operation, and its name.
    pub(crate) fn next(&mut self, operation: &str) -> Option<(String, Fault)> {
        let matches =
            |pending: &Pending| pending.operation == ANY_OPERATION || pending.operation == operation;
        let position = self.pending.iter().position(matches)?;
        let pending = self.pending.get_mut(position)?;
        if let Some(left) = pending.skip.checked_sub(1) {
            pending.skip = left;
            return None;
        }
        let name = pending.body.get("fault").and_then(Value::as_str).unwrap_or_default().to_owned();
        match pending.times.saturating_sub(1) {
            0 => Some((name, self.pending.remove(position).fault)),
            left => {
                pending.times = left;
                Some((name, pending.fault.clone()))
            }
        }
    }

    /// Returns the faults as they were added, with the remaining `skip` and `times`.
    pub(crate) fn json(&self) -> Vec<Value> {
        self.pending.iter().map(Pending::json).collect()
    }

    /// Returns one of them, counted from 0.
    pub(crate) fn json_at(&self, position: usize) -> Option<Value> {
        self.pending.get(position).map(Pending::json)
    }
}

impl Pending {
    fn json(&self) -> Value {
        let mut json = self.body.clone();
        for (name, number) in [("id", self.id), ("skip", self.skip), ("times", self.times)] {
            json.insert(name.to_owned(), number.into());
        }
        Value::Object(json)
    }
}
