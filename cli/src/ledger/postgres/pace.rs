//! The pace, which all workers share.

use std::time::{Duration, Instant};

use wechatpay_core::bulk::{Reservation, SharedPace, Starts};

use super::db::Session;
use crate::ledger::sql::{Failure, Sql};

/// How far off a start can be although the way to the database takes no time: the sender may use it so much later.
const USE: Duration = Duration::from_millis(35);
/// The shortest and the longest way there and back for which starts are reserved.
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(1);

/// How long the way to the database and back takes.
#[derive(Debug)]
pub(super) struct Trip(Duration);

impl Default for Trip {
    fn default() -> Self {
        Self(USE)
    }
}

impl Trip {
    /// Reserves starts by the clock of the database.
    pub(super) fn reserve(
        &mut self,
        session: &mut Session,
        reservation: &Reservation,
    ) -> Result<Starts, Failure> {
        let uncertainty = USE.saturating_add(self.0);
        let began = instant();
        let mut starts = session.write(|sql| reserve(sql, uncertainty, reservation))?;
        let took = began.elapsed();
        if took > self.0 {
            // They would be further off than the others expect.
            starts.after.clear();
            starts.again = Duration::ZERO;
        }
        let usual = self.0.mul_f64(0.95).max(took.mul_f64(1.5));
        self.0 = usual.clamp(SHORTEST, LONGEST);
        Ok(starts)
    }
}

fn reserve(sql: &dyn Sql, uncertainty: Duration, reservation: &Reservation) -> Result<Starts, Failure> {
    // The time is read when the lock is there. And if the database crashes, nobody needs the last reservations.
    let locked = "WITH locked AS (SELECT value FROM pace WHERE id = 1 FOR UPDATE) \
                  SELECT value, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), \
                  set_config('synchronous_commit', 'off', true) FROM locked";
    let (kept, now) = sql
        .first(locked, &[], |row| Ok((row.get::<String>(0)?, row.get::<u64>(1)?)))?
        .ok_or(Failure::Foreign)?;
    let mut pace: SharedPace = serde_json::from_str(&kept).unwrap_or_default();
    let starts = pace.reserve(Duration::from_micros(now), uncertainty, reservation);
    let kept = serde_json::to_string(&pace).map_err(|_| Failure::Foreign)?;
    sql.execute("UPDATE pace SET value = ?1 WHERE id = 1", &[(&kept).into()])?;
    Ok(starts)
}

#[expect(clippy::disallowed_methods, reason = "measures the way to the database")]
fn instant() -> Instant {
    Instant::now()
}
