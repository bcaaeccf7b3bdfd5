//! `/_sandbox/coupons/…`: the sent coupons, and what users do with them.

use crate::control::call::Call;
use crate::control::query::{LIMIT, OFFSET, Parameter, Values, Window};
use crate::control::slices;
use crate::favor::payment;
use crate::protocol::reply::{Handled, Reply};
use crate::state::coupons::{Ended, Source};
use crate::state::stock::StockId;

/// The parameters of the list.
pub(crate) const FILTERS: &[Parameter] = &[
    Parameter { name: "stock_id", values: Values::Text, summary: "Only coupons of this stock." },
    Parameter { name: "openid", values: Values::Text, summary: "Only coupons of this user." },
    Parameter {
        name: "out_request_no",
        values: Values::Text,
        summary: "Only the coupon that was sent with this number.",
    },
    Parameter {
        name: "status",
        values: Values::OneOf(&["SENDED", "USED", "EXPIRED"]),
        summary: "Only coupons with this status.",
    },
    OFFSET,
    LIMIT,
];

/// The number of coupons that are compared with the filters while the lock is held.
const SCANNED: usize = 8192;

/// `GET /coupons`. The filters are answered from indexes. Only the status depends on the time, so it is compared for
/// each coupon, in slices. A coupon that changes in between counts with its old or its new status; none is listed twice
/// or left out because others change, since coupons keep their order.
pub(crate) fn list(call: Call<'_>) -> Handled {
    let window = Window::of(&call.query);
    let [stock_id, openid, number, status] =
        ["stock_id", "openid", "out_request_no", "status"].map(|name| call.query.get(name));
    // An id that no stock can have has no coupons either.
    let stock = stock_id.map(|id| StockId::parse(id).unwrap_or(StockId::at(usize::MAX)));
    let source = match (number, openid, stock) {
        (Some(number), ..) => Source::OutRequestNo(number),
        (None, Some(openid), _) => Source::Openid(openid),
        (None, None, Some(stock)) => Source::Stock(stock),
        (None, None, None) => Source::All,
    };
    let is_exact = status.is_none()
        && match source {
            Source::All | Source::Stock(_) => true,
            Source::Openid(_) => stock.is_none(),
            Source::OutRequestNo(_) => stock.is_none() && openid.is_none(),
        };
    let now = call.platform.state().platform_time(call.real_time);
    let (total, page) = if is_exact {
        let state = call.platform.state();
        (state.coupons.count(source), state.coupons.positions(source, window.offset, window.limit))
    } else {
        let (mut total, mut page, mut from) = (0_usize, Vec::new(), 0_usize);
        let mut known = Vec::new();
        loop {
            let state = call.platform.state();
            let slice = state.coupons.positions(source, from, SCANNED);
            let mut ended = Ended { now, known: &mut known };
            for &position in &slice {
                let Some(brief) = state.coupons.brief(position) else { continue };
                let of_user =
                    || state.coupons.at(position).is_some_and(|coupon| Some(&*coupon.openid) == openid);
                let matches = stock.is_none_or(|stock| brief.stock == stock)
                    && status.is_none_or(|status| ended.status(brief, &state.stocks) == status)
                    && (openid.is_none() || matches!(source, Source::Openid(_)) || of_user());
                if matches {
                    if total >= window.offset && page.len() < window.limit {
                        page.push(position);
                    }
                    total = total.saturating_add(1);
                }
            }
            drop(state);
            if slice.len() < SCANNED {
                break (total, page);
            }
            from = from.saturating_add(SCANNED);
        }
    };
    let data = slices::format(call.platform, &page, |state, position| {
        let (coupon, stock) = state.with_stock(state.coupons.at(position)?)?;
        Some(coupon.full_json(stock, now))
    });
    Ok(window.page(total, data))
}

/// `GET /coupons/{coupon_id}`
pub(crate) fn read(call: Call<'_>) -> Handled {
    let id = call.path.get("coupon_id");
    let state = call.platform.state();
    let now = state.platform_time(call.real_time);
    let unknown = || Reply::not_found(&format!("There is no coupon with the id {id:?}."));
    state.coupon(id).map(|(coupon, stock)| Reply::ok(coupon.full_json(stock, now))).ok_or_else(unknown)
}

/// `POST /coupons/{coupon_id}/redeem`
pub(crate) fn redeem(call: Call<'_>) -> Handled {
    let body = call.object()?;
    let state = &mut *call.platform.state();
    let now = state.platform_time(call.real_time);
    payment::redeem(state, &call.platform.credentials, call.path.get("coupon_id"), body, now)
}

/// `POST /coupons/{coupon_id}/refund`
pub(crate) fn refund(call: Call<'_>) -> Handled {
    let state = &mut *call.platform.state();
    let now = state.platform_time(call.real_time);
    payment::refund(state, call.path.get("coupon_id"), now)
}
