use std::fmt;

use jiff::civil::DateTime;

use super::FlowError;
use crate::cashcoupons::{CouponId, StockId};
use crate::types::{Fen, Mchid, Timestamp};

/// A row of a flow file. Which columns there are differs by file; empty values are `None`.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowRow {
    /// 批次id: the stock.
    pub stock_id: Option<StockId>,
    /// 优惠id: the coupon.
    pub coupon_id: Option<CouponId>,
    /// 优惠类型: kind of the coupon, such as `全场代金券`. Its values are not published.
    pub discount_type: Option<String>,
    /// 优惠金额（元）: what the coupon took off.
    pub discount_amount: Option<Fen>,
    /// 订单总金额（元）: what the order came to.
    pub order_amount: Option<Fen>,
    /// 交易类型: kind of the transaction, such as `支付`. Its values are not published.
    pub trade_type: Option<String>,
    /// 支付单号: number of the payment.
    pub transaction_id: Option<String>,
    /// 消耗时间: when the coupon was used, in Beijing time.
    pub consume_time: Option<Timestamp>,
    /// 消耗商户号: at which merchant.
    pub consume_mchid: Option<Mchid>,
    /// 设备号: on which device. Files of a day have it in base64.
    pub device: Option<String>,
    /// 银行流水号: the bank's number.
    pub bank_serial_no: Option<String>,
    /// 单品信息: which goods. Its form is not published.
    pub goods: Option<String>,
    /// 是否合单订单: whether the order was one of several that were paid together. In files of a day.
    pub combined: Option<String>,
    /// 微信支付合单单号: number of the payment of all of these. In files of a day.
    pub combined_transaction_id: Option<String>,
    /// 合单优惠总金额: what was taken off all of these. In files of a day, taken to be yuan like the others.
    pub combined_discount_amount: Option<Fen>,
    /// 合单订单总金额: what all of these came to. In files of a day, taken to be yuan like the others.
    pub combined_order_amount: Option<Fen>,
    /// Columns that this version does not know, with their names, in their order.
    pub other: Vec<(String, String)>,
}

/// Without the device, the bank's number and the goods, and of columns that are not known only the names: any may
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
    /// The longest row that is read, in bytes.
    pub const MAX_LEN: u64 = 1024 * 1024;

    /// The value of a column that this version does not know, by its name as it stands in the file.
    pub fn other(&self, column: &str) -> Option<&str> {
        let (_, value) = self.other.iter().find(|(name, _)| name == column)?;
        Some(value)
    }
}

/// What stands where.
pub(super) struct Columns(Vec<Column>);

enum Column {
    Known(&'static str, Setter),
    Other(String),
}

/// Takes a value that is not empty; the error says what it is not.
type Setter = fn(&mut FlowRow, &str) -> Result<(), &'static str>;

/// By their names without the unit.
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
    // With two decimals, as the platform writes yuan: a bare number could be fen.
    let decimals = value.rsplit_once('.').map_or(0, |(_, decimals)| decimals.len());
    let amount = Fen::parse_yuan(value).filter(|_| decimals == 2);
    *slot = Some(amount.ok_or("an amount in yuan with two decimals")?);
    Ok(())
}

/// `yyyy-MM-dd HH:mm:ss` without a zone, which is Beijing's.
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
                // Also one that is there twice: nothing of it is lost.
                None => Column::Other(name.to_owned()),
            });
        }
        // Which columns there are differs by file; one without any that is known is no flow file.
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
                Column::Known(name, set) => set(&mut row, value).map_err(|problem| FlowError::Value {
                    row: number,
                    column: name,
                    problem,
                })?,
            }
        }
        Ok(row)
    }
}
