//! One entry of a list of a document, read member by member.

use serde_json::Value;
use wechatpay_core::types::UnixSeconds;

use crate::protocol::json::Object;
use crate::protocol::parameters::Parameters;
use crate::protocol::problem::refused;
use crate::protocol::reply::Reply;
use crate::state::id::Id;

/// An entry, with the position of its list in the document.
pub(super) struct Entry {
    pub(super) members: Parameters,
    pub(super) pointer: String,
    /// The default of times.
    pub(super) now: UnixSeconds,
}

impl Entry {
    /// `derived` are members of an export that follow from others. They are not read.
    pub(super) fn new(
        value: Value,
        pointer: String,
        now: UnixSeconds,
        derived: &[&str],
    ) -> Result<Self, Reply> {
        let Value::Object(mut members) = value else {
            return Err(refused("body", &pointer, value, "must be an object"));
        };
        members.retain(|name, _| !derived.contains(&name.as_str()));
        Ok(Self { members: Parameters::at(members, pointer.clone()), pointer, now })
    }

    /// Reads a time of RFC 3339, or Unix seconds.
    pub(super) fn time(&mut self, name: &str) -> Result<Option<UnixSeconds>, Reply> {
        self.members.time(name)
    }

    pub(super) fn time_or_now(&mut self, name: &str) -> Result<UnixSeconds, Reply> {
        Ok(self.time(name)?.unwrap_or(self.now))
    }

    /// Reads the id, which may be left out because it can only be the next one.
    pub(super) fn id<const FIRST: u32>(&mut self, name: &str, next: Id<FIRST>) -> Result<Id<FIRST>, Reply> {
        let Some(id) = self.members.optional_text(name)? else { return Ok(next) };
        if id == next.to_string() {
            return Ok(next);
        }
        let rule = format!("must be {next}, because ids are consecutive");
        Err(self.members.invalid(name, id.into(), &rule))
    }

    /// Reads a member that is an object, or has a default.
    pub(super) fn object(&mut self, name: &str) -> Result<Option<Object>, Reply> {
        match self.members.take(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(other) => Err(self.members.invalid(name, other, "must be an object")),
        }
    }

    pub(super) fn end(self) -> Result<(), Reply> {
        self.members.end("is not known here")
    }
}
