//! The user: receives a coupon for an order and redeems it.

use std::error::Error;

use tokio::sync::mpsc::UnboundedReceiver;
use wechatpay_hyper::core::cashcoupons::CouponId;
use wechatpay_hyper::core::http::Method;

use crate::common::{self, Stage, http};

/// The user receives a coupon for an order and redeems it; the shop receives the callback.
pub(crate) async fn play(
    stage: &Stage,
    shop: &str,
    mut news: UnboundedReceiver<CouponId>,
) -> Result<(), Box<dyn Error>> {
    let order = format!("{shop}/coupons/1");
    let coupon_id = http(Method::PUT, &order, "oSandboxUser1").await?;
    println!("order 1: coupon {coupon_id} was sent");
    if http(Method::PUT, &order, "oSandboxUser1").await? != coupon_id {
        return Err("a second coupon went out for the same order".into());
    }
    println!("order 1 sent again: coupon {coupon_id} again");
    stage.redeem(&coupon_id).await?;
    common::redeemed(&coupon_id, &mut news).await
}
