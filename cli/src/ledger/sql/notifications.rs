//! Callbacks, the uses of coupons of which they tell, and forwarding them.

use wechatpay_core::types::UnixMillis;

use super::{Failure, Sql, Value};
use crate::ledger::heard::Original;
use crate::ledger::{Forward, ForwardEnd, Forwards, Heard, HeardCounts, LedgerError};

/// Keeps notifications that are new, with the uses of which they tell. Returns for each whether it was.
pub(in crate::ledger) fn keep(sql: &dyn Sql, heard: &[Heard]) -> Result<Vec<bool>, Failure> {
    let originals = heard.iter().map(|heard| heard.original.as_ref().map(written).transpose());
    let originals: Vec<Option<String>> = originals.collect::<Result<_, _>>()?;
    let insert = "INSERT INTO notification(id, received_at, created_at, event_type, resource, stock_id, coupon_id, \
                  original, forward_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(id) DO NOTHING";
    let rows = heard.iter().zip(&originals).map(|(heard, original)| {
        let used = heard.used.as_ref();
        vec![
            (&heard.id).into(),
            heard.received_at.into(),
            heard.created_at.as_ref().into(),
            (&heard.event_type).into(),
            (&heard.resource).into(),
            used.map(|used| &used.stock_id).into(),
            used.map(|used| &used.coupon_id).into(),
            original.as_ref().into(),
            original.as_ref().map(|_| heard.received_at).into(),
        ]
    });
    let added = sql.execute_all(insert, &rows.collect::<Vec<_>>())?;
    let new: Vec<bool> = added.iter().map(|rows| *rows > 0).collect();

    // A repetition is signed anew, and receivers accept a signature for five minutes only.
    let renew = "UPDATE notification SET original = ?2 WHERE id = ?1 AND forward_at IS NOT NULL";
    let repeated = heard.iter().zip(&originals).zip(&new).filter(|(_, new)| !**new);
    let repeated = repeated.filter_map(|((heard, original), _)| Some((heard, original.as_ref()?)));
    let rows = repeated.map(|(heard, original)| vec![Value::from(&heard.id), original.into()]);
    sql.execute_all(renew, &rows.collect::<Vec<_>>())?;

    let insert = "INSERT INTO use_seen(coupon_id, transaction_id, source, stock_id, at, at_text, fen, received_at) \
                  VALUES (?1, ?2, 'callback', ?3, ?4, ?5, ?6, ?7) \
                  ON CONFLICT(coupon_id, transaction_id, source) DO NOTHING";
    let uses = heard.iter().filter_map(|heard| Some((heard, heard.used.as_ref()?)));
    let rows = uses.map(|(heard, used)| {
        vec![
            (&used.coupon_id).into(),
            (&used.transaction_id).into(),
            (&used.stock_id).into(),
            used.at.into(),
            used.at_text.as_ref().into(),
            used.fen.into(),
            heard.received_at.into(),
        ]
    });
    sql.execute_all(insert, &rows.collect::<Vec<_>>())?;
    Ok(new)
}

/// Notes what became of a callback, and hands out the first one that is due. Nobody else gets it before `until`.
pub(in crate::ledger) fn forward(
    sql: &dyn Sql,
    ended: Option<ForwardEnd>,
    now: UnixMillis,
    until: UnixMillis,
) -> Result<Forwards, Failure> {
    match ended {
        None => {}
        Some(ForwardEnd::Taken { number }) => {
            let taken =
                "UPDATE notification SET forwarded_at = ?2, forward_at = NULL, original = NULL WHERE n = ?1";
            sql.execute(taken, &[number.into(), now.into()])?;
        }
        Some(ForwardEnd::Failed { number, again_at }) => {
            let failed = "UPDATE notification SET forward_at = ?2, forward_failures = forward_failures + 1 \
                          WHERE n = ?1 AND forward_at IS NOT NULL";
            sql.execute(failed, &[number.into(), again_at.into()])?;
        }
    }
    let due = format!(
        "SELECT n, id, original, forward_failures FROM notification WHERE forward_at <= ?1 ORDER BY n LIMIT 1{}",
        sql.for_update()
    );
    let due = sql.first(&due, &[now.into()], |row| {
        let original: String = row.get(2)?;
        let original: Original = serde_json::from_str(&original).map_err(|_| unusable())?;
        let (number, id, failures) = (row.get(0)?, row.get(1)?, row.get(3)?);
        Ok(Forward { number, id, headers: original.headers, body: original.body, failures })
    })?;
    if let Some(due) = &due {
        sql.execute(
            "UPDATE notification SET forward_at = ?2 WHERE n = ?1",
            &[due.number.into(), until.into()],
        )?;
        return Ok(Forwards { due: Some(due.clone()), next: None });
    }
    let next = "SELECT min(forward_at) FROM notification WHERE forward_at IS NOT NULL";
    Ok(Forwards { due: None, next: sql.first(next, &[], |row| row.get(0))?.flatten() })
}

pub(in crate::ledger) fn counts(sql: &dyn Sql) -> Result<HeardCounts, Failure> {
    let count = "SELECT (SELECT count(*) FROM notification), (SELECT count(*) FROM use_seen WHERE source = 'callback'), \
                 (SELECT count(*) FROM notification WHERE forward_at IS NOT NULL)";
    let counts = sql.first(count, &[], |row| {
        Ok(HeardCounts { notifications: row.get(0)?, uses: row.get(1)?, to_forward: row.get(2)? })
    })?;
    Ok(counts.unwrap_or_default())
}

fn written(original: &Original) -> Result<String, LedgerError> {
    serde_json::to_string(original).map_err(|_| unusable())
}

fn unusable() -> LedgerError {
    LedgerError::UnreadableNotification
}
