//! What is in the file of the ledger.

use rusqlite::Connection;

use crate::program::Program;

pub(crate) fn file(program: &Program) -> Connection {
    let connection = Connection::open(program.path("wechatpay-ledger.db")).unwrap();
    // Triggers of the tests use nothing else.
    connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    connection
}

/// The first column of a query, as text.
pub(crate) fn column(program: &Program, sql: &str) -> Vec<String> {
    let connection = file(program);
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| {
        Ok(match row.get_ref_unwrap(0) {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str().unwrap_or("-").to_owned(),
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// The ids of the notifications, in the order in which they arrived.
pub(crate) fn notifications(program: &Program) -> Vec<String> {
    column(program, "SELECT id FROM notification ORDER BY n")
}
