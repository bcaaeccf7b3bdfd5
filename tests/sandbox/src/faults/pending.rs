//! The list of pending faults, and their assignment to requests.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::kinds::Fault;
use crate::protocol::json::Object;
use crate::protocol::parameters::Parameters;
use crate::protocol::reply::{Handled, Reply};

const ANY_OPERATION: &str = "*";

/// The limit of pending faults.
pub(crate) const MAX_PENDING: usize = 1000;

/// The pending faults, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Faults {
    pending: Vec<Pending>,
    last_id: u64,
    /// Those that changed and are not yet stored.
    changed: Vec<u64>,
}

/// A fault as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredFault {
    id: u64,
    skip: u64,
    /// 0 if it is not pending any more.
    times: u64,
    body: Object,
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
        let pending = Pending::read(self.last_id.saturating_add(1), body, Some(operations))?;
        if self.pending.len() >= MAX_PENDING {
            return Err(Reply::conflict(&format!(
                "{MAX_PENDING} faults are pending, which is the limit; remove some with DELETE /_sandbox/faults."
            )));
        }
        let id = pending.id;
        self.last_id = id;
        self.changed.push(id);
        self.pending.push(pending);
        Ok(Reply::ok(json!({ "id": id, "faults": self.json() })))
    }

    /// The faults that changed since this was last asked, as they are stored.
    pub(crate) fn take_changes(&mut self) -> Vec<StoredFault> {
        let ids = std::mem::take(&mut self.changed).into_iter();
        let gone = |id| StoredFault { id, skip: 0, times: 0, body: Object::new() };
        ids.map(|id| {
            let pending = self.pending.iter().find(|pending| pending.id == id);
            pending.map_or_else(|| gone(id), Pending::stored)
        })
        .collect()
    }

    /// All pending faults, as they are stored.
    pub(crate) fn stored(&self) -> Vec<StoredFault> {
        self.pending.iter().map(Pending::stored).collect()
    }

    /// Makes a fault pending as it was stored, instead of the one with its id.
    pub(crate) fn restore(&mut self, stored: StoredFault) -> Result<(), Reply> {
        let StoredFault { id, skip, times, body } = stored;
        self.set_last_id(id);
        self.pending.retain(|pending| pending.id != id);
        if times > 0 {
            let pending = Pending { skip, times, ..Pending::read(id, body, None)? };
            let position = self.pending.partition_point(|pending| pending.id < id);
            self.pending.insert(position, pending);
        }
        Ok(())
    }

    pub(crate) fn last_id(&self) -> u64 {
        self.last_id
    }

    /// Makes sure that this id is not given again.
    pub(crate) fn set_last_id(&mut self, id: u64) {
        self.last_id = self.last_id.max(id);
    }

    /// `GET /_sandbox/faults/{id}`: returns a pending fault.
    pub(crate) fn get(&self, id: &str) -> Handled {
        Ok(Reply::ok(self.pending.get(self.position(id)?).map(Pending::json).unwrap_or_default()))
    }

    /// `DELETE /_sandbox/faults/{id}`: removes a pending fault.
    pub(crate) fn remove(&mut self, id: &str) -> Handled {
        let removed = self.pending.remove(self.position(id)?);
        self.changed.push(removed.id);
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
        self.changed.extend(self.pending.drain(..).map(|pending| pending.id));
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
        self.changed.push(pending.id);
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

impl StoredFault {
    /// Reads the JSON object that adds a fault for one of `operations` or for any.
    pub(crate) fn read(id: u64, body: Object, operations: &[&str]) -> Result<Self, Reply> {
        Ok(Pending::read(id, body, Some(operations))?.stored())
    }
}

impl Pending {
    /// Reads the JSON object that adds a fault, for one of `operations` or for any; without them, for whatever it names.
    fn read(id: u64, body: Object, operations: Option<&[&str]>) -> Result<Self, Reply> {
        let mut parameters = Parameters::new(body.clone());
        let operation = parameters.text("operation")?;
        let known =
            |operations: &&[&str]| operation == ANY_OPERATION || operations.contains(&operation.as_str());
        if let Some(operations) = operations.filter(|operations| !known(operations)) {
            let rule = format!("must be \"*\" or one of {}", operations.join(", "));
            return Err(parameters.invalid("operation", operation.into(), &rule));
        }
        let name = parameters.text("fault")?;
        let fault = Fault::read(&name, &mut parameters)?;
        let skip = parameters.number("skip")?.unwrap_or(0);
        let times = parameters.positive("times")?.unwrap_or(1);
        parameters.end(&format!("is not a parameter of {name}"))?;
        Ok(Self { id, operation, fault, skip, times, body })
    }

    fn stored(&self) -> StoredFault {
        StoredFault { id: self.id, skip: self.skip, times: self.times, body: self.body.clone() }
    }

    fn json(&self) -> Value {
        let mut json = self.body.clone();
        for (name, number) in [("id", self.id), ("skip", self.skip), ("times", self.times)] {
            json.insert(name.to_owned(), number.into());
        }
        Value::Object(json)
    }
}
