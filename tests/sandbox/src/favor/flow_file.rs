//! The content of flow files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay_core::types::{Fen, UnixSeconds};

use crate::calendar::rfc3339;
use crate::state::coupon::{Coupon, Redemption};
use crate::state::stock::Stock;

/// The kind of flow file.
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
    /// The time of the use or of the refund. `None` if there was no refund.
    pub(crate) fn time(&self, flow: Flow) -> Option<UnixSeconds> {
        match flow {
            Flow::Use => Some(self.redemption.at),
            Flow::Refund => self.redemption.refund.as_ref().map(|refund| refund.at),
        }
    }
}

/// The name of a column, and the function that formats its value.
type Column = (&'static str, fn(&Row<'_>) -> String);

/// The device number (设备号) in every row.
const DEVICE: &str = "sandbox";

const START: [Column; 9] = [
    ("批次id", |row| backticked(&row.stock.id.to_string())),
    ("优惠id", |row| backticked(&row.coupon.id.to_string())),
    // One of the values is known from a real file. Inferred: the other one follows its pattern.
    ("优惠类型", |row| {
        backticked(if row.stock.items.entries.is_empty() { "全场代金券" } else { "单品代金券" })
    }),
    ("优惠金额（元）", |row| yuan(row.stock.coupon_amount())),
    ("订单总金额（元）", |row| yuan(row.redemption.order_amount)),
    ("交易类型", |_| backticked("支付")),
    ("支付单号", |row| backticked(&row.redemption.transaction_id)),
    ("消耗时间", |row| beijing(row.redemption.at)),
    ("消耗商户号", |row| backticked(&row.redemption.mchid)),
];
const END: [Column; 2] = [
    ("银行流水号", |_| quoted("")),
    // The format of this column is not published. JSON is made up; it tests how parsers handle quotes.
    ("单品信息", |row| match row.redemption.goods_detail.as_slice() {
        [] => quoted(""),
        goods => quoted(&serde_json::to_string(goods).unwrap_or_default()),
    }),
];
/// Additional columns of files of a day. Their position and quoting are not published.
const COMBINED: [Column; 4] = [
    ("是否合单订单", |_| backticked("否")),
    ("微信支付合单单号", |_| backticked("")),
    ("合单优惠总金额", |_| yuan(0)),
    ("合单订单总金额", |_| yuan(0)),
];
/// Made up, because the columns of refund flow files are not published.
const REFUND: [Column; 3] = [
    ("退款单号", |row| backticked(row.redemption.refund.as_ref().map_or("", |refund| &refund.id))),
    ("退款时间", |row| row.time(Flow::Refund).map_or_else(|| backticked(""), beijing)),
    ("退款优惠金额（元）", |row| yuan(row.stock.coupon_amount())),
];

/// Formats a file with these rows: UTF-8 without byte order mark, CRLF.
pub(crate) fn write(rows: &[Row<'_>], flow: Flow, by_day: bool) -> String {
    let device: Column = match by_day {
        true => ("设备号", |_| quoted(&STANDARD.encode(DEVICE))),
        false => ("设备号", |_| quoted(DEVICE)),
    };
    let mut columns: Vec<Column> = START.into_iter().chain([device]).chain(END).collect();
    if by_day {
        columns.extend(COMBINED);
    }
    if flow == Flow::Refund {
        columns.extend(REFUND);
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let line = |row| columns.iter().map(|(_, value)| value(row)).collect::<Vec<_>>().join(",");
    let mut lines = vec![names.join(",")];
    lines.extend(rows.iter().map(line));
    lines.extend(["总条数".to_owned(), backticked(&rows.len().to_string()), String::new()]);
    lines.join("\r\n")
}

fn backticked(text: &str) -> String {
    format!("`{text}")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn yuan(fen: i64) -> String {
    backticked(&Fen::new(fen).to_string())
}

/// `yyyy-MM-dd HH:mm:ss`.
fn beijing(unix: UnixSeconds) -> String {
    backticked(&rfc3339(unix).get(..19).unwrap_or_default().replace('T', " "))
}
