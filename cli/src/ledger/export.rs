use std::io;
use std::time::{Duration, SystemTime};

use wechatpay_core::bulk::Standing;
use wechatpay_core::types::{Timestamp, UnixMillis};

use super::{Campaign, IntentRow, LedgerError};

const ADDED: [&str; 6] = ["standing", "coupon_id", "out_request_no", "code", "attempts", "last_at"];

/// Writes intents as CSV.
pub(super) struct Export<'a> {
    csv: csv::Writer<&'a mut dyn io::Write>,
    columns: Vec<Column>,
}

/// What a column of the list has.
enum Column {
    Openid,
    Key,
    Other(usize),
}

impl<'a> Export<'a> {
    /// Writes the first line.
    pub(super) fn begin(campaign: &Campaign, to: &'a mut dyn io::Write) -> Result<Self, LedgerError> {
        let mut others = 0..;
        let column = |name: &String| match name.as_str() {
            "openid" => Column::Openid,
            name if campaign.key_column.as_deref() == Some(name) => Column::Key,
            _ => Column::Other(others.next().unwrap_or_default()),
        };
        let columns = campaign.columns.iter().map(column).collect();
        let mut export = Self { csv: csv::Writer::from_writer(to), columns };
        let added = ADDED.iter().map(|name| match campaign.columns.iter().any(|column| column == name) {
            true => format!("ledger_{name}"),
            false => (*name).to_owned(),
        });
        export.write(campaign.columns.iter().cloned().chain(added))?;
        Ok(export)
    }

    pub(super) fn row(&mut self, row: &IntentRow) -> Result<(), LedgerError> {
        let cell = |column: &Column| match column {
            Column::Openid => row.openid.as_ref().map(|it| it.as_str().to_owned()).unwrap_or_default(),
            Column::Key => row.key.clone().unwrap_or_default(),
            Column::Other(at) => row.others.get(*at).cloned().flatten().unwrap_or_default(),
        };
        let mut cells: Vec<String> = self.columns.iter().map(cell).collect();
        let coupon_id = match &row.standing {
            Standing::Sent(coupon_id) => coupon_id.clone(),
            _ => String::new(),
        };
        let code = row.last.as_ref().and_then(|last| last.details.code.clone()).unwrap_or_default();
        let last_at = row.last.as_ref().map(|last| time(last.ended_at.unwrap_or(last.began_at)));
        cells.extend([
            row.standing.name().to_owned(),
            coupon_id,
            row.out_request_no.to_string(),
            code,
            row.attempts.to_string(),
            last_at.unwrap_or_default(),
        ]);
        self.write(cells)
    }

    pub(super) fn end(mut self) -> Result<(), LedgerError> {
        self.csv.flush().map_err(LedgerError::Output)
    }

    fn write(&mut self, cells: impl IntoIterator<Item = String>) -> Result<(), LedgerError> {
        self.csv.write_record(cells).map_err(|error| {
            LedgerError::Output(match error.into_kind() {
                csv::ErrorKind::Io(error) => error,
                _ => io::Error::other("a row has another number of cells than the first line"),
            })
        })
    }
}

/// In Beijing time, such as `2026-11-23T00:00:00+08:00`.
fn time(at: UnixMillis) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(at));
    time.map(|time| Timestamp::from(time).as_str().to_owned()).unwrap_or_default()
}
