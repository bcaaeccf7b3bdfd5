//! SQLite's integers have 64 bits and a sign; none of our counts and times needs the last one.

pub(in crate::ledger) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(in crate::ledger) fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
