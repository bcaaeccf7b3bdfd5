//! Changes to an activated stock: the merchants and goods for which its coupons are valid, and its budget.
//!
//! They are idempotent: a retry changes nothing and gets the same response.
//! The changes of merchants and budget are not on a public page. They follow an earlier version of the official Go
//! package, which is generated.

use serde_json::{Value, json};

use crate::calendar::rfc3339;
use crate::context::Context;
use crate::protocol::json::{Object, integer_problem, invalid_field, object, text, wrong};
use crate::protocol::problem::{Problem, Reader};
use crate::protocol::reply::{Handled, Reply};
use crate::state::change::Change;
use crate::state::entries::Entries;
use crate::state::stock::Stock;

pub(crate) fn merchants(context: Context<'_>) -> Handled {
    let change = |stock, entries| Change::Merchants { stock, entries };
    change_entries(context, ("mchid", 20), "effect_time", |stock| &stock.merchants, change)
}

pub(crate) fn items(context: Context<'_>) -> Handled {
    // The official page uses this name and describes it as the effective time.
    let change = |stock, entries| Change::Items { stock, entries };
    change_entries(context, ("goods_id", 128), "pause_time", |stock| &stock.items, change)
}

/// `max` is the length limit of an entry. The limit of their number is not documented.
fn change_entries(
    context: Context<'_>,
    (kind, max): (&str, usize),
    time: &str,
    entries: fn(&Stock) -> &Entries,
    change: fn(String, Entries) -> Change,
) -> Handled {
    let body = object(context.body)?;
    let list = |action: &str| list(&body, &format!("{action}_{kind}_list"), max);
    let (add, delete) = (list("add")?, list("delete")?);
    let now = context.now;
    let stock = activated_stock(&context, &body)?;
    let changed = entries(stock).updated(add, &delete);
    // The list of merchants may become empty, that of goods may not.
    if changed.is_empty() && kind == "goods_id" {
        return Err(Reply::invalid_request("至少保留一个商品编码"));
    }
    let (id, differs) = (stock.id.to_string(), changed != entries(stock).entries);
    let at = if differs { now } else { entries(stock).changed().unwrap_or(now) };
    let reply = Reply::ok(json!({ time: rfc3339(at), "stock_id": id }));
    if differs {
        context.state.change(change(id, Entries::changed_to(changed, now)))?;
    }
    Ok(reply)
}

pub(crate) fn budget(context: Context<'_>) -> Handled {
    let body = object(context.body)?;
    let (target, current) = (fen(&body, "target_max_amount")?, fen(&body, "current_max_amount")?);
    let stock = activated_stock(&context, &body)?;
    let reply = Reply::ok(json!({ "max_amount": target, "stock_id": stock.id }));
    // A retry finds that its target is already set. Only a request that changes the budget must name the current one.
    if stock.max_amount != target {
        if stock.max_amount != current {
            return Err(Reply::invalid_request("当前预算额度与批次预算不一致"));
        }
        let stock = stock.id.to_string();
        context.state.change(Change::Budget { stock, max_amount: target })?;
    }
    Ok(reply)
}

/// Returns the stock if it is activated.
fn activated_stock<'a>(context: &'a Context<'_>, body: &Object) -> Result<&'a Stock, Reply> {
    let creator = text(body, "stock_creator_mchid", 20, "商户号必填")?;
    let stock = context.state.stock_of(creator, context.path.get("stock_id"))?;
    let activated = stock.activated(context.now);
    if activated { Ok(stock) } else { Err(Reply::invalid_request("活动已结束或未激活")) }
}

/// Reads an optional list of strings.
fn list(body: &Object, name: &str, max: usize) -> Result<Vec<String>, Reply> {
    let Some(value) = body.get(name) else { return Ok(Vec::new()) };
    let entries = value.as_array().ok_or_else(|| wrong(Problem::NotArray, name, value))?;
    let texts = entries.iter().enumerate().map(|(position, entry)| {
        let pointer = format!("/{name}/{position}");
        let Some(text) = entry.as_str() else {
            return Err(Problem::NotString.reply(Reader::Merchant, "body", &pointer, entry.clone()));
        };
        if !(1..=max).contains(&text.chars().count()) {
            let issue = format!("长度须为1到{max}个字符");
            return Err(Reply::param("body", &pointer, text.into(), &issue));
        }
        Ok(text.to_owned())
    });
    texts.collect()
}

fn fen(body: &Object, name: &str) -> Result<i64, Reply> {
    let value = body.get(name).ok_or_else(|| wrong(Problem::Missing, name, &Value::Null))?;
    let fen = value.as_i64().ok_or_else(|| wrong(integer_problem(value), name, value))?;
    if fen > 0 { Ok(fen) } else { Err(invalid_field(name, value.clone(), "不是正整数")) }
}
