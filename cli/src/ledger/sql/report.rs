//! What a report shows: counts and sums, however many intents there are.

use wechatpay_core::types::{Fen, UnixMillis};

use super::books::{CLOSED, OPEN};
use super::{Failure, Row, Sql, campaigns, from_sql, reads};
use crate::ledger::{
    Age, Booked, Coupons, Delay, Delays, LedgerError, OpenDifferences, Report, SeenStock, Sources,
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// When the coupon of the intent `i` was known to be sent.
const SENT_AT: &str = "COALESCE((SELECT min(a.ended_at) FROM attempt AS a \
    WHERE a.intent = i.id AND a.verdict LIKE '{\"sent\":%'), \
    (SELECT min(s.at) FROM settlement AS s WHERE s.intent = i.id))";

/// Returns all that a report shows of a campaign. `now` is for the age of differences.
pub(in crate::ledger) fn report(sql: &dyn Sql, name: &str, now: UnixMillis) -> Result<Report, Failure> {
    let (id, campaign) = campaigns::named(sql, name)?;
    let stock_id = campaign.stock_id.as_str();
    let uses = uses(sql, id)?;
    Ok(Report {
        counts: reads::counts(sql, id)?,
        may_be_out: may_be_out(sql, id)?,
        // The beginning of some attempts is not known.
        attempts: reads::minutes(sql, id, 1)?,
        sent: sent(sql, id)?,
        used: uses.used,
        booked_coupons: uses.booked,
        booked: booked(sql, id, "use_seen WHERE source = 'flow'")?,
        refunded: booked(sql, id, "refund_seen WHERE 1 = 1")?,
        delays: uses.delays,
        refusals: reads::refusals(sql, id)?,
        differences: differences(sql, id, now)?,
        closed_differences: closed(sql, id)?,
        stock: stock(sql, name, stock_id)?,
        sources: sources(sql, stock_id)?,
        campaign,
    })
}

fn may_be_out(sql: &dyn Sql, campaign: i64) -> Result<u64, Failure> {
    let count = "SELECT count(*) FROM intent WHERE campaign = ?1 AND (standing = 'doubtful' \
                 OR standing IN ('sending', 'retry') AND maybe = 1)";
    Ok(sql.first(count, &[campaign.into()], |row| row.get(0))?.unwrap_or_default())
}

fn sent(sql: &dyn Sql, campaign: i64) -> Result<Vec<Coupons>, Failure> {
    let count = format!(
        "SELECT c.at / {MINUTE}, count(*) FROM (SELECT {SENT_AT} AS at FROM intent AS i \
         WHERE i.campaign = ?1 AND i.standing = 'sent') AS c GROUP BY 1 ORDER BY 1 NULLS FIRST"
    );
    list(sql, &count, campaign, |row| Ok(Coupons { at: minute(row)?, coupons: row.get(1)? }))
}

/// Coupons that were used.
struct Uses {
    /// By the minute of their first use.
    used: Vec<Coupons>,
    /// By the time that it took.
    delays: Vec<Delays>,
    /// Those that a flow file has.
    booked: u64,
}

/// Counts used coupons in one pass: there may be many of them.
fn uses(sql: &dyn Sql, campaign: i64) -> Result<Uses, Failure> {
    // The time of a use has no milliseconds, so one in the same second is not before.
    let (six, three, week, month) = (6 * HOUR, 3 * DAY, 7 * DAY, 30 * DAY);
    let count = format!(
        "SELECT c.at / {MINUTE}, CAST(CASE WHEN c.took <= -1000 THEN 0 WHEN c.took < {HOUR} THEN 1 \
         WHEN c.took < {six} THEN 2 WHEN c.took < {DAY} THEN 3 WHEN c.took < {three} THEN 4 \
         WHEN c.took < {week} THEN 5 WHEN c.took < {month} THEN 6 WHEN c.took >= {month} THEN 7 END AS BIGINT), \
         c.booked, count(*) FROM (\
         SELECT h.at AS at, h.booked AS booked, h.at - min({SENT_AT}) AS took FROM (\
         SELECT coupon_id, min(COALESCE(at, received_at)) AS at, \
         CAST(max(CASE source WHEN 'flow' THEN 1 ELSE 0 END) AS BIGINT) AS booked FROM use_seen \
         GROUP BY coupon_id) AS h JOIN intent AS i ON i.coupon_id = h.coupon_id AND i.campaign = ?1 \
         GROUP BY h.coupon_id, h.at, h.booked) AS c GROUP BY 1, 2, 3 ORDER BY 1 NULLS FIRST"
    );
    let mut used: Vec<Coupons> = Vec::new();
    let mut delays = Delay::ALL.map(|within| Delays { within, coupons: 0 });
    let mut booked = 0_u64;
    sql.each(&count, &[campaign.into()], &mut |row| {
        let (at, delay, in_file): (_, Option<i64>, bool) = (minute(row)?, row.get(1)?, row.get(2)?);
        let coupons: u64 = row.get(3)?;
        match used.last_mut().filter(|last| last.at == at) {
            Some(last) => last.coupons = last.coupons.saturating_add(coupons),
            None => used.push(Coupons { at, coupons }),
        }
        let delay = delay.and_then(|delay| delays.get_mut(usize::try_from(delay).ok()?));
        if let Some(delay) = delay {
            delay.coupons = delay.coupons.saturating_add(coupons);
        }
        if in_file {
            booked = booked.saturating_add(coupons);
        }
        Ok(())
    })?;
    let delays = delays.into_iter().filter(|delay| delay.coupons > 0).collect();
    Ok(Uses { used, delays, booked })
}

/// What the flow files say, as the books have it: what is in several files counts once.
fn booked(sql: &dyn Sql, campaign: i64, table: &str) -> Result<Vec<Booked>, Failure> {
    let sum = format!(
        "SELECT at / {MINUTE}, count(*), CAST(COALESCE(sum(fen), 0) AS BIGINT) FROM {table} \
         AND coupon_id IN (SELECT coupon_id FROM intent WHERE campaign = ?1) \
         GROUP BY 1 ORDER BY 1 NULLS FIRST"
    );
    list(sql, &sum, campaign, |row| {
        Ok(Booked { at: minute(row)?, rows: row.get(1)?, fen: Fen::new(row.get(2)?) })
    })
}

fn differences(sql: &dyn Sql, campaign: i64, now: UnixMillis) -> Result<Vec<OpenDifferences>, Failure> {
    let (three, week, month) = (3 * DAY, 7 * DAY, 30 * DAY);
    let count = format!(
        "SELECT d.class, CAST(CASE WHEN d.age < {DAY} THEN 0 WHEN d.age < {three} THEN 1 WHEN d.age < {week} THEN 2 \
         WHEN d.age < {month} THEN 3 ELSE 4 END AS BIGINT), count(*), min(d.first_seen) FROM (\
         SELECT class, first_seen, CAST(?2 AS BIGINT) - first_seen AS age FROM difference \
         WHERE campaign = ?1 AND {OPEN}) AS d GROUP BY 1, 2"
    );
    let mut open = sql.list(&count, &[campaign.into(), now.into()], |row| {
        let age = choose(&Age::ALL, row.get(1)?).unwrap_or(Age::Older);
        Ok(OpenDifferences { class: row.get(0)?, age, count: row.get(2)?, oldest: row.get(3)? })
    })?;
    // Here, because databases sort texts in different ways.
    open.sort_by(|a, b| (&a.class, a.age).cmp(&(&b.class, b.age)));
    Ok(open)
}

fn closed(sql: &dyn Sql, campaign: i64) -> Result<u64, Failure> {
    let count = format!("SELECT count(*) FROM difference WHERE campaign = ?1 AND {CLOSED}");
    Ok(sql.first(&count, &[campaign.into()], |row| row.get(0))?.unwrap_or_default())
}

fn stock(sql: &dyn Sql, campaign: &str, stock_id: &str) -> Result<Option<SeenStock>, Failure> {
    let last = "SELECT at, stock FROM stock_snapshot WHERE stock_id = ?1 ORDER BY at DESC, id DESC LIMIT 1";
    let last = sql.first(last, &[stock_id.into()], |row| Ok((row.get(0)?, row.get::<String>(1)?)))?;
    let Some((at, stock)) = last else { return Ok(None) };
    let unreadable = |_| LedgerError::UnreadableCampaign {
        campaign: campaign.to_owned(),
        what: "what was seen of its stock",
    };
    Ok(Some(SeenStock { at, stock: serde_json::from_str(&stock).map_err(unreadable)? }))
}

fn sources(sql: &dyn Sql, stock_id: &str) -> Result<Sources, Failure> {
    let heard = "SELECT count(*), max(received_at) FROM notification WHERE stock_id = ?1";
    let (callbacks, last_callback) =
        sql.first(heard, &[stock_id.into()], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default();
    let files = "SELECT count(*) FILTER (WHERE kind = 'use'), count(*) FILTER (WHERE kind = 'refund'), \
                 max(fetched_at) FROM flow_file WHERE stock_id = ?1";
    let (use_files, refund_files, last_file) = sql
        .first(files, &[stock_id.into()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .unwrap_or_default();
    Ok(Sources { callbacks, last_callback, use_files, refund_files, last_file })
}

fn list<T>(
    sql: &dyn Sql,
    statement: &str,
    campaign: i64,
    mut read: impl FnMut(Row<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut list = Vec::new();
    // Each minute of a long campaign.
    sql.each(statement, &[campaign.into()], &mut |row| {
        list.push(read(row)?);
        Ok(())
    })?;
    Ok(list)
}

/// When the minute in the first column begins.
fn minute(row: Row<'_>) -> Result<Option<UnixMillis>, Failure> {
    Ok(row.get::<Option<i64>>(0)?.map(|minute| from_sql(minute.saturating_mul(MINUTE))))
}

fn choose<T: Copy>(all: &[T], number: i64) -> Option<T> {
    all.get(usize::try_from(number).ok()?).copied()
}
