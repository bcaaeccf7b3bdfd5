//! Paged lists.

use serde_json::{Value, json};

use crate::protocol::json::present;
use crate::protocol::problem::{Problem, Reader};
use crate::protocol::query::QueryString;
use crate::protocol::reply::Reply;

/// The requested page. `offset` is its number, counted from 0; `limit` is the number of entries per page.
pub(crate) struct Page {
    pub(crate) offset: u64,
    pub(crate) limit: u64,
}

impl Page {
    /// Reads `offset` and `limit`, which are both required.
    pub(crate) fn required(query: &QueryString, max_offset: u64, max_limit: u64) -> Result<Self, Reply> {
        let missing = |name: &str| Problem::Missing.reply(Reader::Merchant, "query", name, Value::Null);
        let offset = query.number("offset")?.ok_or_else(|| missing("offset"))?;
        let limit = query.number("limit")?.ok_or_else(|| missing("limit"))?;
        if offset > max_offset {
            return Err(Reply::param("query", "offset", offset.into(), "页码超过阈值"));
        }
        if !(1..=max_limit).contains(&limit) {
            return Err(Reply::param("query", "limit", limit.into(), "页大小超过阈值"));
        }
        Ok(Self { offset, limit })
    }

    /// Returns this page of `all` as JSON. A page past the end is an error, unless it is the first page.
    pub(crate) fn of<T>(
        &self,
        all: &[T],
        entry: impl Fn(&T) -> Value,
        past_end: impl FnOnce() -> Reply,
    ) -> Result<Value, Reply> {
        let first = usize::try_from(self.offset.saturating_mul(self.limit)).unwrap_or(usize::MAX);
        if self.offset > 0 && first >= all.len() {
            return Err(past_end());
        }
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let data: Vec<Value> = all.iter().skip(first).take(limit).map(entry).collect();
        // Omitted when empty, as in the documented samples.
        let data = (!data.is_empty()).then_some(data);
        let (offset, limit) = (self.offset, self.limit);
        Ok(present(json!({ "total_count": all.len(), "offset": offset, "limit": limit, "data": data })))
    }
}
