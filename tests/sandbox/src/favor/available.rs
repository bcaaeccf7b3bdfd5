//! Lists of the merchants and goods for which the coupons of a stock are valid.

use serde_json::Value;

use crate::context::Context;
use crate::favor::pages::Page;
use crate::protocol::json::set;
use crate::protocol::reply::{Handled, Reply};
use crate::state::entries::Entries;
use crate::state::stock::{Stock, no_stock};

pub(crate) fn merchants(context: Context<'_>) -> Handled {
    list(&context, (1000, 50), |stock| &stock.merchants).map(Reply::ok)
}

/// The documented sample has its numbers as strings, but the official Go SDK reads integers only. The fault
/// `numbers_as_text` gives strings.
pub(crate) fn items(context: Context<'_>) -> Handled {
    list(&context, (500, 100), |stock| &stock.items).map(Reply::ok)
}

fn list(
    context: &Context<'_>,
    (max_offset, max_limit): (u64, u64),
    entries: impl Fn(&Stock) -> &Entries,
) -> Result<Value, Reply> {
    let creator = context.query.stock_creator()?;
    let page = Page::required(&context.query, max_offset, max_limit)?;
    let stock = context.state.stock_of(creator, context.path.get("stock_id"))?;
    // The error past the end is not documented. Inferred: the same as in the list of stocks.
    let mut json = page.of(&entries(stock).entries, |entry| entry.as_str().into(), no_stock)?;
    set(&mut json, "stock_id", stock.id.to_string());
    Ok(json)
}
