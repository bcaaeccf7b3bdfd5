//! `/_sandbox/stocks`: the stocks.

use serde_json::Value;
use wechatpay_core::types::UnixSeconds;

use crate::control::call::Call;
use crate::control::query::Window;
use crate::control::slices;
use crate::protocol::json::set;
use crate::protocol::reply::{Handled, Reply};
use crate::state::State;
use crate::state::stock::Stocks;

/// `GET /stocks`
pub(crate) fn list(call: Call<'_>) -> Handled {
    let window = Window::of(&call.query);
    let total = call.platform.state().stocks.len();
    let until = window.offset.saturating_add(window.limit).min(total);
    let positions: Vec<usize> = (window.offset..until).collect();
    let now = call.platform.state().platform_time(call.real_time);
    let data = slices::format(call.platform, &positions, |state, position| json_at(state, position, now));
    Ok(window.page(total, data))
}

/// `GET /stocks/{stock_id}`
pub(crate) fn read(call: Call<'_>) -> Handled {
    let id = call.path.get("stock_id");
    let state = call.platform.state();
    let now = state.platform_time(call.real_time);
    let stock = Stocks::position(id).and_then(|position| json_at(&state, position, now));
    let unknown = || Reply::not_found(&format!("There is no stock with the id {id:?}."));
    stock.map(Reply::ok).ok_or_else(unknown)
}

/// [`json`], and whether the stock has ended.
fn json_at(state: &State, position: usize, now: UnixSeconds) -> Option<Value> {
    let mut json = json(state, position)?;
    set(&mut json, "ended", state.stocks.at(position)?.ended(now));
    Some(json)
}

/// The stock as in `QueryStock`, with the members that only the control interface returns.
pub(crate) fn json(state: &State, position: usize) -> Option<Value> {
    let stock = state.stocks.at(position)?;
    let mut json = stock.json();
    set(&mut json, "out_request_no", stock.terms.out_request_no.as_str());
    set(&mut json, "used_coupons", state.coupons.used_of(stock.id));
    set(&mut json, "spent_amount", stock.sent.total().saturating_mul(stock.coupon_amount()));
    Some(json)
}
