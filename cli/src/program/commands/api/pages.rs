//! `api --paginate`.

use serde_json::{Map, Value};

use crate::program::commands::api::call::{Call, Get};
use crate::program::commands::api::input::Input;
use crate::program::connection::Connection;
use crate::program::failure::Failure;
use crate::program::output::received;
use crate::program::texts::text;

/// All entries of a list, and the members of its first page beside them.
pub(super) struct Whole {
    pub(super) head: Map<String, Value>,
    pub(super) entries: Vec<Value>,
}

/// Requests all pages. `offset` counts pages, as in the API of coupons.
///
/// # Errors
/// The [`Failure`] of a call, and one if the response is no list.
pub(super) async fn all(connection: &Connection, input: &Input) -> Result<Whole, Failure> {
    let first = input.parameter("offset").unwrap_or("0");
    let first: u64 =
        first.parse().map_err(|_| Failure::usage(text!("-q offset must be the number of a page")))?;
    let mut whole = Whole { head: Map::new(), entries: Vec::new() };
    for number in first.. {
        let mut page = received(&get(connection, input.page(number)).await?);
        let Some(Value::Array(entries)) = page.remove("data") else {
            return Err(Failure::failed(text!("the response is no list: it has no data")));
        };
        let last = entries.is_empty() || is_last(&page, input, number);
        whole.entries.extend(entries);
        if number == first {
            whole.head = page;
        }
        if last {
            break;
        }
    }
    // They are those of one page.
    whole.head.remove("offset");
    whole.head.remove("limit");
    Ok(whole)
}

/// Whether `total_count` says that no page follows. Without it, a page may follow as long as pages have entries.
fn is_last(page: &Map<String, Value>, input: &Input, number: u64) -> bool {
    let member = |name: &str| page.get(name).and_then(Value::as_u64);
    let limit = member("limit").or_else(|| input.parameter("limit")?.parse().ok());
    let (Some(total), Some(limit)) = (member("total_count"), limit) else { return false };
    number.saturating_add(1).saturating_mul(limit) >= total
}

async fn get(connection: &Connection, target: String) -> Result<Vec<u8>, Failure> {
    let answer = connection.client().send(&Call::<Get>::new(target, None)).await;
    answer.map(|answer| answer.into_value()).map_err(|error| Failure::with_body(error, true))
}
