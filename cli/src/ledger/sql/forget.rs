//! Forgetting openids.
//!
//! What stays of an intent is its number, its lane and hashes, so that it is recognised when the same list is planned
//! again: the number decides whether a row is new.

use wechatpay_core::types::UnixMillis;

use super::{Failure, Sql, Value, campaigns, to_sql};
use crate::ledger::lane::hash;
use crate::ledger::{Forgettable, Forgetting, LedgerError};

/// How many intents are forgotten at a time.
const CHUNK: i64 = 500;
/// What is not final.
const NOT_FINAL: &str = "i.standing NOT IN ('sent', 'refused', 'cancelled')";

/// Counts the intents that are meant.
pub(in crate::ledger) fn count(sql: &dyn Sql, meant: &Forgetting) -> Result<Forgettable, Failure> {
    let meant = Meant::new(sql, meant)?;
    let count = format!(
        "SELECT count(*), count(*) FILTER (WHERE {NOT_FINAL}) FROM intent AS i WHERE {}",
        meant.condition
    );
    let counted =
        sql.first(&count, &meant.values(), |row| Ok(Forgettable { rows: row.get(0)?, open: row.get(1)? }))?;
    Ok(counted.unwrap_or_default())
}

/// Forgets the openids of the intents that are meant, wherever the ledger has them.
pub(in crate::ledger) fn forget(
    sql: &dyn Sql,
    meant: &Forgetting,
    now: UnixMillis,
) -> Result<Forgettable, Failure> {
    let counted = count(sql, meant)?;
    if counted.open > 0 {
        return Err(LedgerError::NotFinal(counted.open).into());
    }
    let meant = Meant::new(sql, meant)?;
    let next = format!(
        "SELECT i.id, i.openid, i.coupon_id FROM intent AS i WHERE {} AND i.id > ?4 ORDER BY i.id LIMIT ?5",
        meant.condition
    );
    let mut last = 0_i64;
    loop {
        let mut values = meant.values();
        values.extend([Value::Int(last), Value::Int(CHUNK)]);
        let intents = sql.list(&next, &values, |row| {
            let openid: String = row.get(1)?;
            let hash = hash(&openid)?;
            Ok(Known { id: row.get(0)?, openid, coupon_id: row.get(2)?, hash })
        })?;
        let Some(known) = intents.last() else { return Ok(counted) };
        last = known.id;
        forget_all(sql, &intents, now)?;
    }
}

/// An intent whose openid is known.
struct Known {
    id: i64,
    openid: String,
    coupon_id: Option<String>,
    hash: String,
}

fn forget_all(sql: &dyn Sql, intents: &[Known], now: UnixMillis) -> Result<(), Failure> {
    let rows = intents
        .iter()
        .map(|it| vec![Value::from(it.id), (&it.openid).into(), (&it.hash).into(), to_sql(now).into()]);
    let forget = "UPDATE intent SET key = CASE WHEN key = ?2 THEN ?3 ELSE key END, openid = ?3, others = NULL, \
                  forgotten_at = ?4 WHERE id = ?1";
    sql.execute_all(forget, &rows.collect::<Vec<_>>())?;
    // Nobody should have written it there. Only what contains it is changed.
    let texts = intents.iter().map(|it| vec![Value::from(it.id), (&it.openid).into()]);
    let texts: Vec<_> = texts.collect();
    for (table, column) in [("attempt", "text"), ("settlement", "note")] {
        let replace = format!(
            "UPDATE {table} SET {column} = replace({column}, ?2, '') WHERE intent = ?1 \
             AND {column} <> replace({column}, ?2, '')"
        );
        sql.execute_all(&replace, &texts)?;
    }
    let coupons =
        intents.iter().filter_map(|it| Some(vec![Value::from(it.coupon_id.as_ref()?), (&it.openid).into()]));
    let coupons: Vec<_> = coupons.collect();
    for (table, column) in [("flow_row", "raw"), ("notification", "resource")] {
        let replace = format!(
            "UPDATE {table} SET {column} = replace({column}, ?2, '') WHERE coupon_id = ?1 \
             AND {column} <> replace({column}, ?2, '')"
        );
        sql.execute_all(&replace, &coupons)?;
    }
    Ok(())
}

/// The condition on an intent, `i`, and its values, `?1` to `?3`.
struct Meant {
    condition: String,
    campaign: Option<i64>,
    openid: Option<String>,
    before: Option<i64>,
}

impl Meant {
    fn new(sql: &dyn Sql, meant: &Forgetting) -> Result<Self, Failure> {
        if *meant == Forgetting::default() {
            return Err(LedgerError::NobodyToForget.into());
        }
        let campaign = meant.campaign.as_deref().map(|name| campaigns::id(sql, name)).transpose()?;
        // What was never tried is as old as its campaign.
        let last = "coalesce((SELECT max(heard.at) FROM ( \
                    SELECT coalesce(ended_at, began_at) AS at FROM attempt WHERE intent = i.id \
                    UNION ALL SELECT at FROM settlement WHERE intent = i.id \
                    UNION ALL SELECT coalesce(at, received_at) FROM use_seen WHERE coupon_id = i.coupon_id \
                    UNION ALL SELECT coalesce(at, received_at) FROM refund_seen WHERE coupon_id = i.coupon_id \
                    ) AS heard), (SELECT created_at FROM campaign WHERE id = i.campaign))";
        let condition = format!(
            "i.forgotten_at IS NULL AND (CAST(?1 AS BIGINT) IS NULL OR i.campaign = ?1) \
             AND (CAST(?2 AS TEXT) IS NULL OR i.openid = ?2) AND (CAST(?3 AS BIGINT) IS NULL OR {last} < ?3)"
        );
        let openid = meant.openid.as_ref().map(|openid| openid.as_str().to_owned());
        Ok(Self { condition, campaign, openid, before: meant.before.map(to_sql) })
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![self.campaign.into(), self.openid.as_deref().into(), self.before.into()]
    }
}
