//! What stands in a flow file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay_core::types::{Fen, UnixSeconds};

use crate::calendar::rfc3339;
use crate::state::coupon::{Coupon, Redemption};
use crate::state::stock::Stock;

/// Which of the flows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Use,
    Refund,
}

/// One redemption, or one refund of it.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) stock: &'a Stock,
    pub(crate) coupon: &'a Coupon,
    pub(crate) redemption: &'a Redemption,
}

impl Row<'_> {
    /// When what the flow is about happened; `None` when it did not.
    pub(crate) fn time(&self, flow: Flow) -> Option<UnixSeconds> {
        match flow {
            Flow::Use => Some(self.redemption.at),
            Flow::Refund => self.redemption.refund.as_ref().map(|refund| refund.at),
        }
    }
}

struct Column {
    name: &'static str,
    value: fn(&Row<'_>) -> String,
    mark: fn(&str) -> String,
}

const fn column(name: &'static str, value: fn(&Row<'_>) -> String) -> Column {
    Column { name, value, mark: backticked }
}

const fn text_column(name: &'static str, value: fn(&Row<'_>) -> String) -> Column {
    Column { name, value, mark: quoted }
}

/// There is no device; this stands where its number would be.
const DEVICE: &str = "sandbox";

const START: [Column; 9] = [
    column("批次id", |row| row.stock.id.clone()),
    column("优惠id", |row| row.coupon.id.clone()),
    // One of the values is known from a real file; the other follows its pattern.
    column("优惠类型", |row| {
        if row.stock.items.entries.is_empty() { "全场代金券" } else { "单品代金券" }.to_owned()
    }),
    column("优惠金额（元）", |row| yuan(row.stock.coupon_amount())),
    column("订单总金额（元）", |row| yuan(row.redemption.order_amount)),
    column("交易类型", |_| "支付".to_owned()),
    column("支付单号", |row| row.redemption.transaction_id.clone()),
    column("消耗时间", |row| beijing(row.redemption.at)),
    column("消耗商户号", |row| row.redemption.mchid.clone()),
];
const END: [Column; 2] = [
    text_column("银行流水号", |_| String::new()),
    // What stands in this column is published nowhere. JSON is made up, and shows what quotes do to a parser.
    text_column("单品信息", |row| match row.redemption.goods_detail.as_slice() {
        [] => String::new(),
        goods => serde_json::to_string(goods).unwrap_or_default(),
    }),
];
/// Files of a day have these too. Their place and marks are not published.
const COMBINED: [Column; 4] = [
    column("是否合单订单", |_| "否".to_owned()),
    column("微信支付合单单号", |_| String::new()),
    column("合单优惠总金额", |_| yuan(0)),
    column("合单订单总金额", |_| yuan(0)),
];
/// Made up, because the columns of the refund flow are published nowhere.
const REFUND: [Column; 3] = [
    column("退款单号", |row| {
        row.redemption.refund.as_ref().map_or_else(String::new, |refund| refund.id.clone())
    }),
    column("退款时间", |row| {
        row.redemption.refund.as_ref().map_or_else(String::new, |refund| beijing(refund.at))
    }),
    column("退款优惠金额（元）", |row| yuan(row.stock.coupon_amount())),
];

/// The file with these rows: UTF-8 without byte order mark, CRLF.
pub(crate) fn write(rows: &[Row<'_>], flow: Flow, by_day: bool) -> String {
    let device: fn(&Row<'_>) -> String = match by_day {
        true => |_| STANDARD.encode(DEVICE),
        false => |_| DEVICE.to_owned(),
    };
    let device = [text_column("设备号", device)];
    let mut columns: Vec<&Column> = START.iter().chain(&device).chain(&END).collect();
    if by_day {
        columns.extend(&COMBINED);
    }
    if flow == Flow::Refund {
        columns.extend(&REFUND);
    }
    let mut file = String::new();
    line(&mut file, columns.iter().map(|column| column.name.to_owned()));
    for row in rows {
        line(&mut file, columns.iter().map(|column| (column.mark)(&(column.value)(row))));
    }
    line(&mut file, ["总条数".to_owned()]);
    line(&mut file, [backticked(&rows.len().to_string())]);
    file
}

fn line(file: &mut String, values: impl IntoIterator<Item = String>) {
    for (position, value) in values.into_iter().enumerate() {
        if position > 0 {
            file.push(',');
        }
        file.push_str(&value);
    }
    file.push_str("\r\n");
}

fn backticked(text: &str) -> String {
    format!("`{text}")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn yuan(fen: i64) -> String {
    Fen::new(fen).to_string()
}

/// `yyyy-MM-dd HH:mm:ss`.
fn beijing(unix: UnixSeconds) -> String {
    rfc3339(unix).get(..19).unwrap_or_default().replace('T', " ")
}
