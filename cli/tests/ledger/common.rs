use std::cell::Cell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wechatpay_cli::ledger::{
    AnyLedger, AnyStore, Binding, Ledger as _, LedgerError, Location, Plan, Planned,
};
use wechatpay_cli::list::ListReader;
use wechatpay_core::bulk::{Batch, Details, Fact, History, Policy, Record, Standing, Store as _, Verdict};
use wechatpay_core::types::UnixMillis;

use crate::postgres;

pub(crate) const MCHID: &str = "1900007291";
/// 2026-11-23T00:00:00+08:00.
pub(crate) const NOW: UnixMillis = 1_795_363_200_000;

/// A ledger of its own.
pub(crate) struct Kept {
    pub(crate) ledger: AnyLedger,
    folder: TempDir,
    schema: String,
}

thread_local! {
    static IN_POSTGRES: Cell<bool> = const { Cell::new(false) };
}

/// Runs a test with ledgers in files.
pub(crate) fn in_sqlite(test: fn()) {
    test();
}

/// Runs a test with ledgers in PostgreSQL, if that is installed.
pub(crate) fn in_postgres(test: fn()) {
    if postgres::shared().is_some() {
        IN_POSTGRES.set(true);
        test();
    }
}

pub(crate) fn binding() -> Binding {
    Binding::new(MCHID.into(), &"https://api.mch.weixin.qq.com".parse().unwrap())
}

pub(crate) fn plan(campaign: &str) -> Plan {
    Plan::new(campaign, "9865000".into(), MCHID.into(), "wxd678efh567hg6787".into())
}

impl Kept {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (location, schema) = if IN_POSTGRES.get() {
            let (address, schema) = postgres::shared().unwrap().schema();
            (Location::from(OsStr::new(&address)), schema)
        } else {
            (folder.path().join("ledger.db").as_path().into(), String::new())
        };
        let ledger = AnyLedger::open(&location, binding()).unwrap();
        Self { ledger, folder, schema }
    }

    /// With a campaign `c` of `o1`, `o2` and so on.
    pub(crate) fn with_users(users: u32) -> Self {
        let mut kept = Self::new();
        kept.plan("c", &list(users)).unwrap();
        kept
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn plan(&mut self, campaign: &str, list: &str) -> Result<Planned, LedgerError> {
        self.plan_with(&plan(campaign), list, None)
    }

    pub(crate) fn plan_with(
        &mut self,
        plan: &Plan,
        list: &str,
        key: Option<&str>,
    ) -> Result<Planned, LedgerError> {
        let mut rows = ListReader::new(list.as_bytes(), key)?;
        let columns = rows.columns().clone();
        self.ledger.plan(plan, &columns, &mut rows)
    }

    pub(crate) fn store(&self) -> AnyStore {
        self.store_of("c")
    }

    /// A store that has all open intents in hand.
    pub(crate) fn holding(&self) -> AnyStore {
        self.holding_of("c")
    }

    pub(crate) fn holding_of(&self, campaign: &str) -> AnyStore {
        let mut store = self.store_of(campaign);
        store.lease(usize::MAX >> 1).unwrap();
        store
    }

    /// A store of a sender that comes after all others: what they had in hand is free.
    pub(crate) fn store_of(&self, campaign: &str) -> AnyStore {
        if let Location::Postgres(_) = self.ledger.location() {
            self.sql("UPDATE lane SET until = 0");
        }
        let lock = self.ledger.join_run().unwrap();
        self.ledger.store(&lock, campaign, &Policy::default()).unwrap()
    }

    /// Changes the ledger by hand. Returns how many rows were changed.
    pub(crate) fn sql(&self, sql: &str) -> usize {
        match self.ledger.location() {
            Location::Postgres(_) => postgres::shared().unwrap().execute(&self.schema, sql),
            _ => {
                let connection = rusqlite::Connection::open(self.path()).unwrap();
                connection.pragma_update(None, "foreign_keys", false).unwrap();
                connection.execute(sql, []).unwrap()
            }
        }
    }

    /// Everything that the ledger contains, as text.
    pub(crate) fn dump(&self) -> String {
        if let Location::Postgres(_) = self.ledger.location() {
            return postgres::shared().unwrap().dump(&self.schema);
        }
        let connection = rusqlite::Connection::open(self.path()).unwrap();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let mut tables = connection.prepare(tables).unwrap();
        let tables: Vec<String> =
            tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let mut dump = String::new();
        for table in tables {
            let mut all = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = all.column_count();
            let mut rows = all.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let cells =
                    (0..columns).map(|at| format!("{:?}", row.get::<_, rusqlite::types::Value>(at).unwrap()));
                dump.push_str(&format!("{table}: {}\n", cells.collect::<Vec<_>>().join(", ")));
            }
        }
        dump
    }

    pub(crate) fn export(&mut self, campaign: &str) -> String {
        let mut csv = Vec::new();
        let all = wechatpay_cli::ledger::Selection::All;
        self.ledger.export(campaign, &all, &mut csv).unwrap();
        String::from_utf8(csv).unwrap()
    }
}

pub(crate) fn list(users: u32) -> String {
    let rows = (1..=users).map(|user| format!("o{user}\n"));
    std::iter::once("openid\n".to_owned()).chain(rows).collect()
}

pub(crate) fn began(attempt: u32, at: UnixMillis) -> Fact {
    Fact::Began { attempt, at }
}

pub(crate) fn ended(attempt: u32, at: UnixMillis, verdict: Verdict) -> Fact {
    Fact::Ended { attempt, at, verdict }
}

pub(crate) fn sent(attempt: u32, coupon: &str) -> Fact {
    ended(attempt, NOW + 100, Verdict::Sent(coupon.to_owned()))
}

/// A sender's batch: with each fact, what it knows of the intent.
pub(crate) fn batch(facts: impl IntoIterator<Item = (u64, Fact)>) -> Batch {
    let mut batch = Batch::default();
    let mut histories = std::collections::BTreeMap::<u64, History>::new();
    for (intent, fact) in facts {
        let history = histories.entry(intent).or_default();
        history.add(fact.clone());
        batch.records.push(Record::new(intent, fact, history, &Policy::default()));
    }
    batch
}

pub(crate) fn with_details(mut batch: Batch, code: &str, text: &str) -> Batch {
    let mut details = Details::default();
    details.http_status = Some(400);
    details.code = Some(code.to_owned());
    details.text = text.to_owned();
    for record in &mut batch.records {
        record.details = Some(details.clone());
    }
    batch
}

/// Where all intents of the campaign `c` stand.
pub(crate) fn standings(ledger: &mut AnyLedger) -> Vec<Standing> {
    let mut standings = Vec::new();
    let all = wechatpay_cli::ledger::Selection::All;
    ledger
        .intents("c", &all, &mut |row| {
            standings.push(row.standing);
            Ok(())
        })
        .unwrap();
    standings
}

/// Hands out the intents of a whole pass, and returns their ids.
pub(crate) fn pass(store: &mut AnyStore, most: usize) -> Vec<u64> {
    let mut ids = Vec::new();
    loop {
        let lease = store.lease(most).unwrap();
        if lease.intents.is_empty() {
            // Lanes come in any order.
            ids.sort_unstable();
            return ids;
        }
        ids.extend(lease.intents.iter().map(|intent| intent.id));
    }
}
