//! The differences that are kept, and how they become open, closed and gone.

use super::scope::Found;
use crate::ledger::sql::{Failure, Row, Sql, campaigns};
use crate::ledger::{Author, Class, Difference, DifferenceState, Differences, LedgerError};

/// Whether somebody has to look at a difference.
pub(in crate::ledger) const OPEN: &str = "gone_at IS NULL AND closed_at IS NULL";
/// Whether somebody has looked at it, and it is still there.
pub(in crate::ledger) const CLOSED: &str = "gone_at IS NULL AND closed_at IS NOT NULL";

/// Brings the differences of a campaign up to what was found.
pub(super) fn keep(found: &mut Found<'_>, campaign: i64, now: i64) -> Result<Differences, Failure> {
    found.write()?;
    let sql = found.sql;
    let values = [campaign.into(), now.into()];
    let count = |condition: &str| {
        let count = format!("SELECT count(*) FROM difference WHERE campaign = ?1 AND {condition}");
        sql.first(&count, &[campaign.into()], |row| row.get::<u64>(0)).map(Option::unwrap_or_default)
    };
    let before = count("1 = 1")?;
    // Whoever closed a difference has accepted what it said.
    let keep = "INSERT INTO difference(campaign, class, key, text, first_seen, last_seen) \
                SELECT CAST(?1 AS BIGINT), class, key, text, CAST(?2 AS BIGINT), CAST(?2 AS BIGINT) FROM found \
                WHERE 1 = 1 ON CONFLICT(campaign, class, key) DO UPDATE SET \
                last_seen = excluded.last_seen, gone_at = NULL, \
                closed_at = CASE WHEN difference.text = excluded.text THEN difference.closed_at END, \
                note = CASE WHEN difference.text = excluded.text THEN difference.note END, \
                who = CASE WHEN difference.text = excluded.text THEN difference.who END, \
                text = excluded.text";
    sql.execute(keep, &values)?;
    let gone = "UPDATE difference SET gone_at = ?2 WHERE campaign = ?1 AND gone_at IS NULL \
                AND NOT EXISTS (SELECT 1 FROM found WHERE found.class = difference.class AND found.key = difference.key)";
    let gone = sql.execute(gone, &values)?;
    sql.execute("DELETE FROM found", &[])?;
    Ok(Differences {
        open: count(OPEN)?,
        new: count("1 = 1")?.saturating_sub(before),
        closed: count(CLOSED)?,
        gone,
        stopped: false,
    })
}

/// Returns an open difference of a class.
pub(super) fn any_open(sql: &dyn Sql, campaign: i64, class: Class) -> Result<Option<String>, Failure> {
    let open = format!("SELECT text FROM difference WHERE campaign = ?1 AND class = ?2 AND {OPEN} LIMIT 1");
    sql.first(&open, &[campaign.into(), class.name().into()], |row| row.get(0))
}

/// Hands the differences of a campaign to `take`, in the order in which they were found.
pub(in crate::ledger) fn list(
    sql: &dyn Sql,
    campaign: &str,
    take: &mut dyn FnMut(Difference) -> Result<(), LedgerError>,
) -> Result<(), Failure> {
    let campaign = campaigns::id(sql, campaign)?;
    let all = "SELECT id, class, key, text, first_seen, last_seen, gone_at, closed_at, note, who FROM difference \
               WHERE campaign = ?1 ORDER BY id";
    sql.each(all, &[campaign.into()], &mut |row| Ok(take(read(row)?)?))
}

fn read(row: Row<'_>) -> Result<Difference, Failure> {
    let id = row.get(0)?;
    let class: String = row.get(1)?;
    let (gone_at, closed_at): (Option<u64>, Option<u64>) = (row.get(6)?, row.get(7)?);
    let state = match (gone_at, closed_at) {
        (Some(_), _) => DifferenceState::Gone,
        (None, Some(_)) => DifferenceState::Closed,
        (None, None) => DifferenceState::Open,
    };
    Ok(Difference {
        id,
        class: class.parse().map_err(|_| LedgerError::UnreadableDifference(id))?,
        key: row.get(2)?,
        text: row.get(3)?,
        first_seen: row.get(4)?,
        last_seen: row.get(5)?,
        state,
        gone_at,
        closed_at,
        note: row.get(8)?,
        who: row.get(9)?,
    })
}

/// Closes an open difference.
pub(in crate::ledger) fn close(
    sql: &dyn Sql,
    campaign: &str,
    id: u64,
    author: &Author,
) -> Result<(), Failure> {
    if author.note.trim().is_empty() {
        return Err(LedgerError::NoNote.into());
    }
    let campaign = campaigns::id(sql, campaign)?;
    let close = format!(
        "UPDATE difference SET closed_at = ?3, note = ?4, who = ?5 WHERE campaign = ?1 AND id = ?2 AND {OPEN}"
    );
    let (note, who) = (author.note.as_str(), author.who.as_str());
    let values = [campaign.into(), id.into(), author.at.into(), note.into(), who.into()];
    match sql.execute(&close, &values)? {
        0 => Err(LedgerError::NoDifference(id).into()),
        _ => Ok(()),
    }
}
