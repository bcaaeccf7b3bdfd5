//! The steps after sending: coupons are redeemed, the platform sends callbacks, and the flow files are reconciled.
//!
//! Only the sandbox can redeem coupons and advance the clock on request. With the real service, users redeem coupons
//! and days have to pass.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Cursor;

use wechatpay_ureq::core::cashcoupons::{CouponId, FlowRows, RefundFlow, SetCallback, StockId, UseFlow};
use wechatpay_ureq::core::notification::Received;
use wechatpay_ureq::core::types::Fen;

use crate::callback::Callbacks;
use crate::report::Report;
use crate::setup::{DAY, Setup};

/// The coupons that were sent, to be reconciled with callbacks and flow files.
pub(crate) struct SentCoupons {
    pub(crate) stock_id: StockId,
    pub(crate) coupon_amount: Fen,
    pub(crate) coupons: Vec<CouponId>,
}

pub(crate) fn afterwards(
    report: &mut Report,
    setup: &Setup,
    sent: &SentCoupons,
) -> Result<(), Box<dyn Error>> {
    let Setup { client, mchid, .. } = setup;
    let callbacks = Callbacks::listen(client.clone())?;
    let set = SetCallback::new(mchid.clone(), callbacks.url.clone());
    report.step(
        "set the callback address 设置消息通知地址",
        || client.send(&set),
        |set| set.notify_url.clone(),
    )?;

    // Two coupons are redeemed. For each, the platform sends a callback, whose payment is recorded by coupon ID.
    let mut used = BTreeMap::new();
    for coupon_id in sent.coupons.iter().take(2) {
        report.other(
            "redeem a coupon and receive the callback 核销通知",
            || -> Result<_, Box<dyn Error>> {
                setup.control(&format!("coupons/{}/redeem", coupon_id.as_str()), "{}")?;
                let notification = callbacks.next()?;
                match notification.event {
                    Received::Known(event) => Ok((notification.id, event)),
                    Received::Unknown => {
                        Err(format!("the callback has the unknown event {}", notification.event_type).into())
                    }
                }
            },
            |(id, event)| {
                let payment = event.consume_information.as_ref();
                let payment = payment.and_then(|consumed| consumed.transaction_id.clone());
                used.insert(event.coupon_id.as_str().to_owned(), payment);
                format!("verified and decrypted: coupon {} was used, notification {id}", event.coupon_id)
            },
        )?;
    }
    let first = sent.coupons.first().ok_or("no coupon was sent")?;
    setup.control(&format!("coupons/{}/refund", first.as_str()), "")?;

    // The files are available from 10:00 on the day after the stock ends.
    setup.control("clock", &format!(r#"{{"advance_seconds":{}}}"#, 9 * DAY))?;
    report.other(
        "download the redemption flow 下载批次核销明细",
        || -> Result<_, Box<dyn Error>> {
            let file = client.download(&UseFlow::new(sent.stock_id.clone()), Cursor::new(Vec::new()))?;
            if !file.is_verified() {
                return Err("the hash of the file is not signed".into());
            }
            let len = file.len();
            let rows = FlowRows::from(file).collect::<Result<Vec<_>, _>>()?;
            for row in &rows {
                let coupon_id = row.coupon_id.as_ref().map_or("", CouponId::as_str);
                // The payment in the file must be the payment in the callback.
                let payment = used.remove(coupon_id);
                if payment.as_ref() != Some(&row.transaction_id) {
                    return Err(format!(
                        "coupon {coupon_id} is in the file, but its callback was not received"
                    )
                    .into());
                }
                if row.discount_amount != Some(sent.coupon_amount) {
                    return Err(format!("coupon {coupon_id} has another discount amount in the file").into());
                }
            }
            match used.is_empty() {
                true => Ok((len, rows.len())),
                false => Err("the file lacks coupons whose callbacks were received".into()),
            }
        },
        |(len, rows)| format!("{len} bytes with the correct hash; {rows} rows that match the callbacks"),
    )?;
    report.other(
        "download the refund flow 下载批次退款明细",
        || -> Result<_, Box<dyn Error>> {
            let file = client.download(&RefundFlow::new(sent.stock_id.clone()), Cursor::new(Vec::new()))?;
            let rows = FlowRows::from(file).collect::<Result<Vec<_>, _>>()?;
            match rows.as_slice() {
                [row] if row.coupon_id.as_ref() == Some(first) => Ok(first.clone()),
                _ => Err(format!("{} rows where one was refunded", rows.len()).into()),
            }
        },
        |coupon| format!("coupon {coupon} was refunded"),
    )
}
