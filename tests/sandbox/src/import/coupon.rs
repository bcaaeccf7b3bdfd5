//! Coupons in a document.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wechatpay_core::Operation as _;
use wechatpay_core::cashcoupons::{GoodsDetail, RequiredCouponFields, SendCoupon};

use crate::import::entry::Entry;
use crate::protocol::json::{Object, control_typed, set};
use crate::protocol::parameters::Parameters;
use crate::protocol::reply::Reply;
use crate::state::State;
use crate::state::coupon::{Coupon, CouponId, Redemption, Refund};
use crate::state::stock::StockId;

/// What an export shows of a coupon and follows from the rest.
const DERIVED: [&str; 10] = [
    "stock_creator_mchid",
    "coupon_name",
    "description",
    "coupon_type",
    "no_cash",
    "available_begin_time",
    "available_end_time",
    "singleitem",
    "normal_coupon_information",
    "status",
];
const FORGOTTEN: &str = "out_request_no_forgotten";

/// Adds what an import needs to what is shown of a coupon.
pub(crate) fn add_to_coupon(json: &mut Value, coupon: &Coupon, state: &State) {
    let found = state.coupons.by_out_request_no(&coupon.out_request_no);
    if found.is_some_and(|found| found.id != coupon.id) {
        set(json, FORGOTTEN, true);
    }
}

/// A coupon that was read.
pub(super) struct ReadCoupon {
    pub(super) coupon: Coupon,
    /// Whether the amount of the order was left out.
    pub(super) default_amount: bool,
    /// Whether another coupon has the same number.
    pub(super) forgotten: bool,
}

#[derive(Serialize, Deserialize)]
struct Goods {
    goods_detail: Vec<GoodsDetail>,
}

/// `mchid` and `appid` are those of the merchant.
pub(super) fn read(
    value: Value,
    pointer: String,
    now: u64,
    id: CouponId,
    (mchid, appid): (&str, &str),
) -> Result<ReadCoupon, Reply> {
    let status = value.get("status").cloned();
    let mut entry = Entry::new(value, pointer, now, &DERIVED)?;
    let id = entry.id("coupon_id", id)?;
    let texts = [entry.members.text("openid")?, entry.members.text("out_request_no")?];
    let [openid, out_request_no] = texts;
    let stock = entry.members.text("stock_id")?;
    let stock_id = StockId::parse(&stock).ok_or_else(|| unknown_stock(&entry.members, &stock))?;
    let operation = SendCoupon::new(RequiredCouponFields {
        openid: openid.as_str().into(),
        appid: appid.into(),
        stock_id: stock.as_str().into(),
        stock_creator_mchid: mchid.into(),
        out_request_no: out_request_no.as_str().into(),
    });
    operation.validate().map_err(|problem| {
        let value = if problem.field() == "openid" { &openid } else { &out_request_no };
        entry.members.invalid(problem.field(), value.as_str().into(), &problem.problem().to_string())
    })?;
    let sent = entry.time_or_now("create_time")?;
    let forgotten = entry.members.boolean(FORGOTTEN)?.unwrap_or(false);
    let amount = entry.members.number("order_amount")?;
    let consumed = match (entry.object("consume_information")?, status) {
        (None, Some(Value::String(status))) if status == "USED" => Some(Object::new()),
        (None, _) if amount.is_some() => Some(Object::new()),
        (consumed, _) => consumed,
    };
    let refunded = entry.object("refund")?;
    let used = match (consumed, refunded) {
        (None, None) => None,
        (None, Some(refund)) => {
            return Err(entry.members.invalid("refund", refund.into(), "needs a member consume_information"));
        }
        (Some(consumed), refunded) => {
            let mut redemption = redemption(consumed, &entry, id, mchid)?;
            redemption.order_amount = amount.map_or(0, |amount| i64::try_from(amount).unwrap_or(i64::MAX));
            let refund = refunded.map(|refunded| refund(refunded, &entry, id)).transpose()?;
            redemption.refund = refund.map(Box::new);
            Some(Box::new(redemption))
        }
    };
    entry.end()?;
    let default_amount = used.is_some() && amount.is_none();
    let (openid, out_request_no) = (openid.into(), out_request_no.into());
    let coupon = Coupon { id, stock_id, openid, out_request_no, sent, used };
    Ok(ReadCoupon { coupon, default_amount, forgotten })
}

pub(super) fn unknown_stock(members: &Parameters, stock: &str) -> Reply {
    members.invalid("stock_id", stock.into(), "must be the id of a stock in /stocks")
}

fn redemption(consumed: Object, entry: &Entry, id: CouponId, mchid: &str) -> Result<Redemption, Reply> {
    let pointer = format!("{}/consume_information", entry.pointer);
    let mut inner = Entry::new(consumed.into(), pointer.clone(), entry.now, &[])?;
    let at = inner.time_or_now("consume_time")?;
    let consume_mchid = inner.members.optional_text("consume_mchid")?.unwrap_or_else(|| mchid.to_owned());
    if !(1..=20).contains(&consume_mchid.len()) || !consume_mchid.bytes().all(|b| b.is_ascii_digit()) {
        return Err(inner.members.invalid("consume_mchid", consume_mchid.into(), "must be 1 to 20 digits"));
    }
    let transaction_id = inner.members.optional_text("transaction_id")?;
    let transaction_id = transaction_id.unwrap_or_else(|| Redemption::transaction_id_of(id));
    let goods = inner.members.take("goods_detail").unwrap_or_else(|| json!([]));
    let goods = Object::from_iter([("goods_detail".to_owned(), goods)]);
    let Goods { goods_detail } = control_typed(goods).map_err(|error| error.below(&pointer))?;
    inner.end()?;
    Ok(Redemption {
        at,
        mchid: consume_mchid.into(),
        transaction_id: transaction_id.into(),
        order_amount: 0,
        goods_detail,
        refund: None,
    })
}

fn refund(refunded: Object, entry: &Entry, id: CouponId) -> Result<Refund, Reply> {
    let pointer = format!("{}/refund", entry.pointer);
    let mut inner = Entry::new(refunded.into(), pointer, entry.now, &[])?;
    let at = inner.time_or_now("refund_time")?;
    let id = inner.members.optional_text("refund_id")?.unwrap_or_else(|| Refund::id_of(id));
    inner.end()?;
    Ok(Refund { at, id })
}
