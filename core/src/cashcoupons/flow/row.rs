use std::fmt;

use jiff::civil::DateTime;

use super::FlowError;
use crate::cashcoupons::{CouponId, StockId};
use crate::types::{Fen, Mchid, Timestamp};

/// A row of a flow file. The columns differ by file. Absent columns and empty values are `None`.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowRow {
    /// 批次id: ID of the stock.
    pub stock_id: Option<StockId>,
    /// 优惠id: ID of the coupon.
    pub coupon_id: Option<CouponId>,
    /// 优惠类型: type of the coupon, such as `全场代金券`. The values are not published.
    pub discount_type: Option<String>,
    /// 优惠金额（元）: discount amount.
    pub discount_amount: Option<Fen>,
    /// 订单总金额（元）: total amount of the order.
    pub order_amount: Option<Fen>,
    /// 交易类型: type of the transaction, such as `支付`. The values are not published.
    pub trade_type: Option<String>,
    /// 支付单号: transaction ID of the payment.
    pub transaction_id: Option<String>,
    /// 消耗时间: time of the redemption, in Beijing time.
    pub consume_time: Option<Timestamp>,
    /// 消耗商户号: merchant number of the merchant that redeemed the coupon.
    pub consume_mchid: Option<Mchid>,
    /// 设备号: number of the device. Encoded in base64 in files of one day.
    pub device: Option<String>,
    /// 银行流水号: the bank's serial number.
    pub bank_serial_no: Option<String>,
    /// 单品信息: the goods. The format is not published.
    pub goods: Option<String>,
    /// 是否合单订单: whether the order is part of a combined payment of several orders. Present in files of one day.
    pub combined: Option<String>,
    /// 微信支付合单单号: transaction ID of the combined payment. Present in files of one day.
    pub combined_transaction_id: Option<String>,
    /// 合单优惠总金额: total discount of the combined payment. Present in files of one day. Assumed to be in yuan, like the
    /// other amounts.
    pub combined_discount_amount: Option<Fen>,
    /// 合单订单总金额: total amount of the combined payment. Present in files of one day. Assumed to be in yuan, like the
    /// other amounts.
    pub combined_order_amount: Option<Fen>,
    /// Columns unknown to this version, as pairs of name and value in the order of the file.
    pub other: Vec<(String, String)>,
}

/// Omits the device, the bank's serial number, the goods and the values of unknown columns, because any of them may
/// identify a person.
impl fmt::Debug for FlowRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let other: Vec<&str> = self.other.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("FlowRow")
            .field("stock_id", &self.stock_id)
            .field("coupon_id", &self.coupon_id)
            .field("discount_type", &self.discount_type)
            .field("discount_amount", &self.discount_amount)
            .field("order_amount", &self.order_amount)
            .field("trade_type", &self.trade_type)
            .field("transaction_id", &self.transaction_id)
            .field("consume_time", &self.consume_time)
            .field("consume_mchid", &self.consume_mchid)
            .field("combined", &self.combined)
            .field("combined_transaction_id", &self.combined_transaction_id)
            .field("combined_discount_amount", &self.combined_discount_amount)
            .field("combined_order_amount", &self.combined_order_amount)
            .field("other", &other)
            .finish_non_exhaustive()
    }
}

impl FlowRow {
    /// The maximum length of a row, in bytes.
    pub const MAX_LEN: u64 = 1024 * 1024;

    /// Returns the value of a column unknown to this version, by the column's name in the file.
    pub fn other(&self, column: &str) -> Option<&str> {
        let (_, value) = self.other.iter().find(|(name, _)| name == column)?;
        Some(value)
    }
}

/// The columns of a file, in the order of its header line.
pub(super) struct Columns(Vec<Column>);

enum Column {
    Known(&'static str, Setter),
    Other(String),
}

/// Stores a non-empty value in a row. The error is the format that the value should have.
type Setter = fn(&mut FlowRow, &str) -> Result<(), &'static str>;

/// The known columns, by their names without the unit.
const KNOWN: [(&str, Setter); 16] = [
    ("批次id", |row, value| text(value, |it| row.stock_id = Some(it.into()))),
    ("优惠id", |row, value| text(value, |it| row.coupon_id = Some(it.into()))),
    ("优惠类型", |row, value| text(value, |it| row.discount_type = Some(it.into()))),
    ("优惠金额", |row, value| fen(value, &mut row.discount_amount)),
    ("订单总金额", |row, value| fen(value, &mut row.order_amount)),
    ("交易类型", |row, value| text(value, |it| row.trade_type = Some(it.into()))),
    ("支付单号", |row, value| text(value, |it| row.transaction_id = Some(it.into()))),
    ("消耗时间", |row, value| {
        row.consume_time = Some(beijing(value).ok_or("a time such as 2020-11-27 16:23:05")?);
        Ok(())
    }),
    ("消耗商户号", |row, value| text(value, |it| row.consume_mchid = Some(it.into()))),
    ("设备号", |row, value| text(value, |it| row.device = Some(it.into()))),
    ("银行流水号", |row, value| text(value, |it| row.bank_serial_no = Some(it.into()))),
    ("单品信息", |row, value| text(value, |it| row.goods = Some(it.into()))),
    ("是否合单订单", |row, value| text(value, |it| row.combined = Some(it.into()))),
    ("微信支付合单单号", |row, value| {
        text(value, |it| row.combined_transaction_id = Some(it.into()))
    }),
    ("合单优惠总金额", |row, value| fen(value, &mut row.combined_discount_amount)),
    ("合单订单总金额", |row, value| fen(value, &mut row.combined_order_amount)),
];

fn text(value: &str, set: impl FnOnce(&str)) -> Result<(), &'static str> {
    set(value);
    Ok(())
}

fn fen(value: &str, slot: &mut Option<Fen>) -> Result<(), &'static str> {
    // Require two decimals, as the platform formats yuan: an amount without decimals could be in fen.
    let decimals = value.rsplit_once('.').map_or(0, |(_, decimals)| decimals.len());
    let amount = Fen::parse_yuan(value).filter(|_| decimals == 2);
    *slot = Some(amount.ok_or("an amount in yuan with two decimals")?);
    Ok(())
}

/// Parses `yyyy-MM-dd HH:mm:ss`. The format has no time zone; times are in Beijing time.
fn beijing(value: &str) -> Option<Timestamp> {
    let time = DateTime::strptime("%Y-%m-%d %H:%M:%S", value).ok()?;
    Some(Timestamp::new(format!("{}+08:00", time.strftime("%Y-%m-%dT%H:%M:%S"))))
}

impl Columns {
    pub(super) fn parse(names: &[&str]) -> Result<Self, FlowError> {
        let (mut columns, mut not_found) = (Vec::with_capacity(names.len()), KNOWN.to_vec());
        for name in names {
            let name = name.trim_start_matches('\u{feff}').trim_start_matches('`').trim();
            let bare = name.trim_end_matches("（元）").trim_end_matches("(元)");
            let known = not_found.iter().position(|(known, _)| *known == bare);
            columns.push(match known.map(|at| not_found.swap_remove(at)) {
                Some((known, set)) => Column::Known(known, set),
                // The second occurrence of a known column is kept here too, so that no value is lost.
                None => Column::Other(name.to_owned()),
            });
        }
        // The columns differ by file, but a file without any known column is not a flow file.
        match columns.iter().any(|column| matches!(column, Column::Known(..))) {
            true => Ok(Self(columns)),
            false => Err(FlowError::NoKnownColumn),
        }
    }

    pub(super) fn row(&self, values: &[&str], number: u64) -> Result<FlowRow, FlowError> {
        if values.len() != self.0.len() {
            return Err(FlowError::Width { row: number, values: values.len(), columns: self.0.len() });
        }
        let mut row = FlowRow::default();
        for (column, value) in self.0.iter().zip(values) {
            match column {
                Column::Other(name) => row.other.push((name.clone(), (*value).to_owned())),
                Column::Known(..) if value.is_empty() => {}
                Column::Known(name, set) => set(&mut row, value).map_err(|expected| FlowError::Value {
                    row: number,
                    column: name,
                    expected,
                })?,
            }
        }
        Ok(row)
    }
}
