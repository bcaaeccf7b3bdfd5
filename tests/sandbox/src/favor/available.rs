//! Where and for what the coupons of a stock can be used.

use serde_json::{Value, json};

use crate::favor::stocks::{collection, no_stock, page, page_of, same_creator};
use crate::protocol::answer::{Answer, Outcome};
use crate::protocol::input::Query;
use crate::state::{State, Stock};

pub(crate) fn merchants(state: &State, id: &str, query: &Query) -> Outcome {
    list(state, id, query, (1000, 50), |stock| &stock.merchants.entries)
}

/// The numbers of the answer are texts, as in the documented sample: clients must take both.
pub(crate) fn items(state: &State, id: &str, query: &Query) -> Outcome {
    let mut answer = list(state, id, query, (500, 100), |stock| &stock.items.entries)?;
    for value in
        answer.json.iter_mut().filter_map(Value::as_object_mut).flat_map(|fields| fields.values_mut())
    {
        if value.is_number() {
            *value = value.to_string().into();
        }
    }
    Ok(answer)
}

fn list(
    state: &State,
    id: &str,
    query: &Query,
    (max_offset, max_limit): (u64, u64),
    entries: impl Fn(&Stock) -> &Vec<String>,
) -> Outcome {
    let creator = query.required("stock_creator_mchid", "商户号必填")?;
    let (offset, limit) = page_of(query, max_offset, max_limit)?;
    let stock = state.stock(id).ok_or_else(no_stock)?;
    same_creator(stock, creator)?;
    let all = entries(stock);
    // What is past the end is not documented here; as in the list of stocks.
    let data = page(all, offset, limit, no_stock)?.iter().map(|entry| json!(entry)).collect();
    let mut json = collection(data, all.len(), offset, limit);
    if let Value::Object(fields) = &mut json {
        fields.insert("stock_id".to_owned(), stock.id.clone().into());
    }
    Ok(Answer::ok(json))
}
