//! The columns of a file.

use jiff::civil::DateTime;

use super::error::FlowError;
use super::names::{comparable, is_value};
use super::row::FlowRow;
use super::unread::{RowProblem, UnreadRow};
use super::values::{Values, split};
use crate::types::{Fen, Timestamp};

/// The columns of a file, in the order of its header line.
pub(super) struct Columns(Vec<Column>);

struct Column {
    /// The name in the file.
    name: String,
    known: Option<&'static Known>,
}

struct Known {
    /// The documented name, as [`comparable`] returns it.
    name: &'static str,
    kind: Kind,
}

/// What the values of a column are, and how a value is stored.
enum Kind {
    /// An identifier. White space around it does not belong to it.
    Id(fn(&mut FlowRow, &str)),
    /// A text, kept as it is.
    Text(fn(&mut FlowRow, &str)),
    /// An amount in yuan.
    Yuan(fn(&mut FlowRow, Fen)),
    /// A time.
    Time(fn(&mut FlowRow, Timestamp)),
}

static KNOWN: [Known; 16] = [
    Known { name: "批次id", kind: Kind::Id(|row, value| row.stock_id = Some(value.into())) },
    Known { name: "优惠id", kind: Kind::Id(|row, value| row.coupon_id = Some(value.into())) },
    Known { name: "优惠类型", kind: Kind::Text(|row, value| row.discount_type = Some(value.into())) },
    Known { name: "优惠金额", kind: Kind::Yuan(|row, amount| row.discount_amount = Some(amount)) },
    Known { name: "订单总金额", kind: Kind::Yuan(|row, amount| row.order_amount = Some(amount)) },
    Known { name: "交易类型", kind: Kind::Text(|row, value| row.trade_type = Some(value.into())) },
    Known { name: "支付单号", kind: Kind::Id(|row, value| row.transaction_id = Some(value.into())) },
    Known { name: "消耗时间", kind: Kind::Time(|row, time| row.consume_time = Some(time)) },
    Known { name: "消耗商户号", kind: Kind::Id(|row, value| row.consume_mchid = Some(value.into())) },
    Known { name: "设备号", kind: Kind::Text(|row, value| row.device = Some(value.into())) },
    Known { name: "银行流水号", kind: Kind::Text(|row, value| row.bank_serial_no = Some(value.into())) },
    Known { name: "单品信息", kind: Kind::Text(|row, value| row.goods = Some(value.into())) },
    Known { name: "是否合单订单", kind: Kind::Text(|row, value| row.combined = Some(value.into())) },
    Known {
        name: "微信支付合单单号",
        kind: Kind::Id(|row, value| row.combined_transaction_id = Some(value.into())),
    },
    Known {
        name: "合单优惠总金额",
        kind: Kind::Yuan(|row, amount| row.combined_discount_amount = Some(amount)),
    },
    Known {
        name: "合单订单总金额",
        kind: Kind::Yuan(|row, amount| row.combined_order_amount = Some(amount)),
    },
];

impl Known {
    /// Returns the column with this name. Only amounts have a unit.
    fn find(name: &str) -> Option<&'static Self> {
        let (name, yuan) = comparable(name);
        KNOWN.iter().find(|known| known.name == name && (!yuan || matches!(known.kind, Kind::Yuan(_))))
    }

    /// Stores a value in a row. The error is the format that the value should have.
    fn read(&self, row: &mut FlowRow, value: &str) -> Result<(), &'static str> {
        let trimmed = value.trim();
        match self.kind {
            Kind::Text(set) if !value.is_empty() => set(row, value),
            Kind::Text(_) => {}
            _ if trimmed.is_empty() => {}
            Kind::Id(set) => set(row, trimmed),
            Kind::Yuan(set) => set(row, trimmed.parse().map_err(|_| "an amount in yuan with two decimals")?),
            Kind::Time(set) => set(row, time(trimmed).ok_or("a time such as 2020-11-27 16:23:05")?),
        }
        Ok(())
    }
}

/// Parses `yyyy-MM-dd HH:mm:ss`, which is in Beijing time. Also accepts RFC 3339, because its offset leaves no doubt
/// either. In any other format the time zone would be a guess.
fn time(value: &str) -> Option<Timestamp> {
    if let Ok(time) = DateTime::strptime("%Y-%m-%d %H:%M:%S", value) {
        return Some(Timestamp::new(format!("{}+08:00", time.strftime("%Y-%m-%dT%H:%M:%S"))));
    }
    let time = Timestamp::from(value);
    time.unix_seconds().map(|_| time)
}

impl Columns {
    /// Reads a header line. Columns with unknown names are kept, whatever they are: files have different columns, and
    /// those of the refund files are not published.
    pub(super) fn parse(line: &[u8]) -> Result<Self, FlowError> {
        let mut found = Vec::with_capacity(KNOWN.len());
        let mut columns = Vec::new();
        for name in split(line, true).values {
            let name = String::from_utf8_lossy(&name);
            let known = Known::find(&name).filter(|known| !found.contains(&known.name));
            found.extend(known.map(|known| known.name));
            let name = name.trim_start_matches(['\u{feff}', '`', ' ']).trim().to_owned();
            columns.push(Column { name, known });
        }
        match found.is_empty() && columns.iter().any(|column| is_value(&column.name)) {
            true => Err(FlowError::NoHeader),
            false => Ok(Self(columns)),
        }
    }

    /// Reads a row, or as much of it as can be read.
    pub(super) fn read(&self, raw: &[u8], number: u64) -> Result<FlowRow, Box<UnreadRow>> {
        let (split, columns) = (self.split(raw), self.0.len());
        let values = split.values.len();
        let (mut problem, certain) = match split.badly_quoted {
            Some(at) => (Some(RowProblem::Quotes), at),
            None if self.have(&split, raw) => (None, columns),
            None => (Some(RowProblem::Width { values, columns }), 0),
        };
        let mut row = FlowRow::default();
        for (column, value) in self.0.iter().zip(&split.values).take(certain) {
            let Ok(value) = std::str::from_utf8(value) else { continue };
            if let Some(known) = column.known {
                let Err(expected) = known.read(&mut row, value) else { continue };
                problem.get_or_insert(RowProblem::Value {
                    column: known.name.into(),
                    expected: expected.into(),
                });
            }
            // A comma at the end of the header line is no column.
            if !column.name.is_empty() || !value.is_empty() {
                row.other.push((column.name.clone(), value.to_owned()));
            }
        }
        if std::str::from_utf8(raw).is_err() {
            problem = Some(RowProblem::NotUtf8);
        }
        match problem {
            Some(problem) => Err(Box::new(UnreadRow::new(number, problem, raw, row))),
            None => Ok(row),
        }
    }

    /// Whether a row has the columns of this file.
    pub(super) fn fit(&self, raw: &[u8]) -> bool {
        self.have(&self.split(raw), raw)
    }

    /// Splits a row. Quotes behind a backtick are text if the row fits only then.
    fn split<'a>(&self, raw: &'a [u8]) -> Values<'a> {
        let values = split(raw, true);
        if self.have(&values, raw) { values } else { split(raw, false) }
    }

    /// Whether these values of a row fit. Commas at the end of a row add no value, and columns without a name at the end
    /// need none.
    fn have(&self, split: &Values<'_>, raw: &[u8]) -> bool {
        let commas = raw.iter().rev().take_while(|byte| **byte == b',').count();
        let unnamed = self.0.iter().rev().take_while(|column| column.name.is_empty()).count();
        let fit = self.0.len().saturating_sub(unnamed)..=self.0.len().saturating_add(commas);
        split.badly_quoted.is_none() && fit.contains(&split.values.len())
    }
}
