//! `/_sandbox/coupons/…`: what users do with their coupons.

use crate::control::call::Call;
use crate::favor::payment;
use crate::protocol::reply::Handled;

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
