//! What WeChat Pay says of a stock.

use wechatpay_core::cashcoupons::{Stock, StockId};
use wechatpay_core::types::UnixMillis;

use crate::ledger::sql::{Failure, Sql};
use crate::ledger::{LedgerError, Sent};

/// A stock as WeChat Pay described it, and how many coupons the ledger had sent then.
pub(super) struct Snapshot {
    pub(super) stock: Stock,
    /// What was sent before it was asked for.
    pub(super) least: i64,
    /// What may have been sent when the answer was there.
    pub(super) most: i64,
}

/// Counts the coupons of a stock, over all campaigns.
pub(in crate::ledger) fn sent(sql: &dyn Sql, stock_id: &StockId) -> Result<Sent, Failure> {
    let count = "SELECT count(*) FILTER (WHERE i.standing = 'sent'), \
                 count(*) FILTER (WHERE i.standing IN ('sending', 'retry', 'doubtful') \
                 AND (i.maybe = 1 OR i.standing = 'sending')) \
                 FROM intent AS i JOIN campaign AS c ON c.id = i.campaign WHERE c.stock_id = ?1";
    let sent = sql.first(count, &[stock_id.as_str().into()], |row| {
        Ok(Sent { sent: row.get(0)?, maybe: row.get(1)? })
    })?;
    Ok(sent.unwrap_or_default())
}

/// Keeps what WeChat Pay says of a stock. `before` was counted before it was asked.
pub(in crate::ledger) fn keep(
    sql: &dyn Sql,
    stock_id: &StockId,
    stock: &str,
    before: Sent,
    at: UnixMillis,
) -> Result<(), Failure> {
    let read: Option<Stock> = serde_json::from_str(stock).ok();
    if read.is_none_or(|read| read.stock_id != *stock_id) {
        return Err(LedgerError::NotTheStock(stock_id.to_string()).into());
    }
    let after = sent(sql, stock_id)?;
    let insert = "INSERT INTO stock_snapshot(stock_id, at, stock, least, most) VALUES (?1, ?2, ?3, ?4, ?5)";
    let most = after.sent.saturating_add(after.maybe);
    let values = [stock_id.as_str().into(), at.into(), stock.into(), before.sent.into(), most.into()];
    sql.execute(insert, &values).map(drop)
}

/// Returns the newest snapshot of a stock.
pub(super) fn newest(sql: &dyn Sql, stock_id: &StockId) -> Result<Option<Snapshot>, Failure> {
    let newest = "SELECT stock, least, most FROM stock_snapshot WHERE stock_id = ?1 \
                  ORDER BY at DESC, id DESC LIMIT 1";
    sql.first(newest, &[stock_id.as_str().into()], |row| {
        let stock: String = row.get(0)?;
        let stock = serde_json::from_str(&stock);
        Ok(Snapshot {
            stock: stock.map_err(|_| LedgerError::UnreadableSnapshot(stock_id.to_string()))?,
            least: row.get(1)?,
            most: row.get(2)?,
        })
    })
}
