//! Changes to a stock that is activated: where and for what its coupons can be used, and its budget.
//!
//! Each can be repeated: the same request again changes nothing and gives the same answer.
//! Those of merchants and budget are on no public page; they follow what the official Go SDK once generated.

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::favor::stocks::{no_stock, same_creator};
use crate::protocol::answer::{Answer, Outcome};
use crate::protocol::input;
use crate::state::{State, Stock, time};

pub(crate) fn merchants(state: &mut State, id: &str, body: &[u8], now: UnixSeconds) -> Outcome {
    let body = input::object(body)?;
    let (add, delete) = (list(&body, "add_mchid_list", 20)?, list(&body, "delete_mchid_list", 20)?);
    let stock = activated(state, id, &body, now)?;
    let entries = stock.merchants.with(add, &delete);
    let at = stock.merchants.set(entries, now);
    Ok(Answer::ok(json!({ "effect_time": time(at), "stock_id": id })))
}

pub(crate) fn items(state: &mut State, id: &str, body: &[u8], now: UnixSeconds) -> Outcome {
    let body = input::object(body)?;
    let (add, delete) = (list(&body, "add_goods_id_list", 128)?, list(&body, "delete_goods_id_list", 128)?);
    let stock = activated(state, id, &body, now)?;
    let entries = stock.items.with(add, &delete);
    if entries.is_empty() {
        return Err(Answer::invalid_request("至少保留一个商品编码"));
    }
    let at = stock.items.set(entries, now);
    // The official page calls it so and describes it as the time of effect.
    Ok(Answer::ok(json!({ "pause_time": time(at), "stock_id": id })))
}

pub(crate) fn budget(state: &mut State, id: &str, body: &[u8], now: UnixSeconds) -> Outcome {
    let body = input::object(body)?;
    let (target, current) = (fen(&body, "target_max_amount")?, fen(&body, "current_max_amount")?);
    let stock = activated(state, id, &body, now)?;
    // A repeat finds its own budget in force; only a request that would change it must know the present one.
    if stock.max_amount != target {
        if stock.max_amount != current {
            return Err(Answer::invalid_request("当前预算额度与批次预算不一致"));
        }
        stock.max_amount = target;
    }
    Ok(Answer::ok(json!({ "max_amount": stock.max_amount, "stock_id": id })))
}

fn activated<'a>(
    state: &'a mut State,
    id: &str,
    body: &Map<String, Value>,
    now: UnixSeconds,
) -> Result<&'a mut Stock, Answer> {
    let creator = input::text(body, "stock_creator_mchid", 20, "商户号必填")?;
    let stock = state.stock_mut(id).ok_or_else(no_stock)?;
    same_creator(stock, creator)?;
    match stock.activated(now) {
        true => Ok(stock),
        false => Err(Answer::invalid_request("活动已结束或未激活")),
    }
}

/// A list of texts that may be absent. How long it may be is not documented.
fn list(body: &Map<String, Value>, name: &str, max: usize) -> Result<Vec<String>, Answer> {
    let Some(value) = body.get(name) else { return Ok(Vec::new()) };
    let wrong = |at: &str, value: &Value, issue: &str| {
        Answer::param("body", &format!("/{name}{at}"), value.clone(), issue)
    };
    let entries = value.as_array().ok_or_else(|| wrong("", value, "不是数组"))?;
    let texts = entries.iter().enumerate().map(|(position, entry)| {
        let text = entry.as_str().filter(|text| !text.is_empty() && text.chars().count() <= max);
        let issue = format!("不是长度为1到{max}的字符串");
        text.map(str::to_owned).ok_or_else(|| wrong(&format!("/{position}"), entry, &issue))
    });
    texts.collect()
}

fn fen(body: &Map<String, Value>, name: &str) -> Result<i64, Answer> {
    let value = body.get(name);
    value.and_then(Value::as_i64).filter(|fen| *fen > 0).ok_or_else(|| {
        Answer::param("body", &format!("/{name}"), value.cloned().unwrap_or_default(), "不是正整数")
    })
}

/// A list that can be changed.
pub(crate) struct Entries {
    pub(crate) entries: Vec<String>,
    changed: Option<UnixSeconds>,
}

impl Entries {
    pub(crate) fn new(entries: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { entries: entries.into_iter().map(Into::into).collect(), changed: None }
    }

    /// Without those to delete, then with those to add, each once. An entry in both stays: inferred.
    fn with(&self, add: Vec<String>, delete: &[String]) -> Vec<String> {
        let delete: HashSet<&String> = delete.iter().collect();
        let mut seen = HashSet::new();
        let kept = self.entries.iter().filter(|entry| !delete.contains(entry)).cloned();
        kept.chain(add).filter(|entry| seen.insert(entry.clone())).collect()
    }

    /// Gives the time of the last change, which is now if this is one.
    fn set(&mut self, entries: Vec<String>, now: UnixSeconds) -> UnixSeconds {
        if entries != self.entries {
            self.entries = entries;
            self.changed = Some(now);
        }
        self.changed.unwrap_or(now)
    }
}
