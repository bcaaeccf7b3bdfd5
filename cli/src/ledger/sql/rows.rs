use wechatpay_core::bulk::Details;

use super::facts::{standing, unreadable};
use super::{Failure, Row};
use crate::ledger::{IntentRow, LastAttempt};

/// Selects what [`read`] reads. A condition on the intent, `i`, follows.
pub(in crate::ledger) const SELECT: &str = "SELECT i.id, i.key, i.ordinal, i.openid, i.others, i.out_request_no, i.standing, \
    i.retry_at, i.coupon_id, i.maybe, (SELECT count(*) FROM attempt WHERE intent = i.id), \
    a.began_at, a.ended_at, a.verdict, a.http, a.code, a.internal_code, a.request_id, a.text, i.forgotten_at \
    FROM intent AS i LEFT JOIN attempt AS a ON a.intent = i.id \
    AND a.n = (SELECT max(n) FROM attempt WHERE intent = i.id)";

pub(in crate::ledger) fn read(row: Row<'_>) -> Result<IntentRow, Failure> {
    let id = row.get(0)?;
    let forgotten = row.get::<Option<i64>>(19)?.is_some();
    let (key, openid): (Option<String>, String) = (row.get(1)?, row.get(3)?);
    let others: Option<String> = row.get(4)?;
    let others = others.map_or(Ok(Vec::new()), |others| serde_json::from_str(&others));
    let stands = standing(&row.get::<String>(6)?, row.get(7)?, row.get(8)?);
    Ok(IntentRow {
        id,
        // Both are a hash, then.
        key: key.filter(|key| !forgotten || *key != openid),
        ordinal: row.get(2)?,
        openid: (!forgotten).then(|| openid.into()),
        others: others.map_err(|_| unreadable(id, "the other cells of its row"))?,
        out_request_no: row.get::<String>(5)?.into(),
        standing: stands.ok_or_else(|| unreadable(id, "its standing"))?,
        may_have_happened: row.get(9)?,
        attempts: row.get(10)?,
        last: last(row, id)?,
    })
}

fn last(row: Row<'_>, id: u64) -> Result<Option<LastAttempt>, Failure> {
    let Some(began_at) = row.get::<Option<u64>>(11)? else { return Ok(None) };
    let verdict: Option<String> = row.get(13)?;
    let verdict = verdict.map(|verdict| serde_json::from_str(&verdict)).transpose();
    let mut details = Details::default();
    details.http_status = row.get(14)?;
    details.code = row.get(15)?;
    details.internal_code = row.get(16)?;
    details.request_id = row.get(17)?;
    details.text = row.get::<Option<String>>(18)?.unwrap_or_default();
    Ok(Some(LastAttempt {
        began_at,
        ended_at: row.get(12)?,
        verdict: verdict.map_err(|_| unreadable(id, "the verdict of its last attempt"))?,
        details,
    }))
}
