//! To what a ledger belongs.

use super::{Failure, Sql};
use crate::ledger::Binding;

/// Says to what a new ledger belongs.
pub(in crate::ledger) fn bind(sql: &dyn Sql, binding: &Binding) -> Result<(), Failure> {
    let values = [
        ("mchid", binding.mchid.as_str()),
        ("host", binding.host.as_str()),
        ("sandbox", if binding.sandbox { "1" } else { "0" }),
    ];
    for (name, value) in values {
        sql.execute("INSERT INTO meta(name, value) VALUES (?1, ?2)", &[name.into(), value.into()])?;
    }
    let now = sql.now();
    let created = format!("INSERT INTO meta(name, value) VALUES ('created_at', CAST({now} AS TEXT))");
    sql.execute(&created, &[])?;
    Ok(())
}

/// Returns to what the ledger belongs. `None` if it does not say it.
pub(in crate::ledger) fn binding(sql: &dyn Sql) -> Result<Option<Binding>, Failure> {
    let meta = |name: &str| {
        sql.first("SELECT value FROM meta WHERE name = ?1", &[name.into()], |row| row.get::<String>(0))
    };
    let (mchid, host, sandbox) = (meta("mchid")?, meta("host")?, meta("sandbox")?);
    let (Some(mchid), Some(host), Some(sandbox)) = (mchid, host, sandbox) else { return Ok(None) };
    Ok(Some(Binding { mchid: mchid.into(), host, sandbox: sandbox == "1" }))
}
