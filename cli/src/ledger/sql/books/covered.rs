//! Which days the flow files in the ledger cover.

use std::collections::BTreeMap;

use wechatpay_core::cashcoupons::StockId;

use crate::ledger::FlowKind;
use crate::ledger::books::day::is_early;
use crate::ledger::sql::{Failure, Sql};

/// The files of one stock and kind.
pub(super) struct Covered {
    /// Whether there is one of the whole stock. WeChat Pay gives it when it is complete.
    whole: bool,
    /// Those of days: of which day, and when it was fetched last.
    days: BTreeMap<i64, i64>,
}

impl Covered {
    pub(super) fn read(sql: &dyn Sql, kind: FlowKind, stock_id: &StockId) -> Result<Self, Failure> {
        let files =
            "SELECT day, max(fetched_at) FROM flow_file WHERE kind = ?1 AND stock_id = ?2 GROUP BY day";
        let mut covered = Self { whole: false, days: BTreeMap::new() };
        sql.few(files, &[kind.name().into(), stock_id.as_str().into()], &mut |row| {
            match row.get(0)? {
                Some(day) => drop(covered.days.insert(day, row.get(1)?)),
                None => covered.whole = true,
            }
            Ok(())
        })?;
        Ok(covered)
    }

    /// Whether nothing was imported.
    pub(super) fn is_empty(&self) -> bool {
        !self.whole && self.days.is_empty()
    }

    /// Whether there is the file of the whole stock.
    pub(super) fn has_whole(&self) -> bool {
        self.whole
    }

    /// Whether all of this day is in the files.
    pub(super) fn has(&self, day: i64) -> bool {
        self.whole || self.has_file_of(day)
    }

    /// Whether all of this day is in its own file.
    pub(super) fn has_file_of(&self, day: i64) -> bool {
        self.days.get(&day).is_some_and(|fetched_at| !is_early(day, *fetched_at))
    }

    /// Whether all of these days are.
    pub(super) fn has_all(&self, first: i64, last: i64) -> bool {
        self.whole || (first..=last).all(|day| self.has(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::books::day::{day_of, day_of_date};

    /// `date -d 2026-11-24T10:00:00+08:00 +%s` is 1795485600, and that of midnight 1795449600.
    #[test]
    fn days_are_those_of_beijing() {
        let date = |text: &str| day_of_date(text.parse().unwrap()).unwrap();
        assert_eq!(day_of(1_795_449_600_000), date("2026-11-24"));
        assert_eq!(day_of(1_795_449_599_999), date("2026-11-23"));
        let day = date("2026-11-23");
        let fetched = |fetched| Covered { whole: false, days: BTreeMap::from([(day, fetched)]) };
        assert!(fetched(1_795_485_600_000).has(day), "at 10:00 of the day after");
        assert!(!fetched(1_795_485_599_999).has(day), "before 10:00");
        assert!(!fetched(1_795_449_600_000).has(day), "at midnight");
        let tomorrow = date("2026-11-24");
        assert!(!fetched(1_800_000_000_000).has(tomorrow));
        assert!(!fetched(1_800_000_000_000).has_all(day, tomorrow));
        let whole = Covered { whole: true, days: BTreeMap::new() };
        assert!(whole.has_all(day, tomorrow));
    }
}
