//! The list of pending faults, and their assignment to requests.

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// Those that met requests, which is not yet stored.
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
    /// Reads a new fault for one of `operations` or for any.
    pub(crate) fn addition(&self, body: Object, operations: &[&str]) -> Result<StoredFault, Reply> {
        let pending = Pending::read(self.last_id.saturating_add(1), body, Some(operations))?;
        if self.pending.len() >= MAX_PENDING {
            return Err(Reply::conflict(&format!(
                "{MAX_PENDING} faults are pending, which is the limit; remove some with DELETE /_sandbox/faults."
            )));
        }
        Ok(pending.stored())
    }

    /// The faults that met requests since this was last settled, as they are stored.
    pub(crate) fn changes(&self) -> Vec<StoredFault> {
        let stored = |id| {
            let pending = self.pending.iter().find(|pending| pending.id == id);
            pending.map_or_else(|| StoredFault::gone(id), Pending::stored)
        };
        self.changed.iter().copied().map(stored).collect()
    }

    pub(crate) fn settled(&mut self) {
        self.changed.clear();
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

    /// The removal of a pending fault.
    pub(crate) fn removal(&self, id: &str) -> Result<StoredFault, Reply> {
        let pending = self.pending.get(self.position(id)?);
        Ok(StoredFault::gone(pending.map_or(0, |pending| pending.id)))
    }

    /// The removal of all pending faults.
    pub(crate) fn removals(&self) -> Vec<StoredFault> {
        self.pending.iter().map(|pending| StoredFault::gone(pending.id)).collect()
    }

    fn position(&self, id: &str) -> Result<usize, Reply> {
        let position = self.pending.iter().position(|pending| pending.id.to_string() == id);
        position.ok_or_else(|| {
            Reply::not_found(&format!("No fault with the id {id:?} is pending; it may have been used up."))
        })
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

impl StoredFault {
    fn gone(id: u64) -> Self {
        Self { id, skip: 0, times: 0, body: Object::new() }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
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
