//! Several connections and processes with one ledger.

use std::sync::Barrier;
use std::time::Duration;

use wechatpay_cli::ledger::{Ledger as _, LedgerError, SqliteLedger, StorageProblem};
use wechatpay_core::bulk::{Policy, Store as _};

use super::common::{Kept, NOW, batch, began, binding, sent};

#[test]
fn one_run_at_a_time_and_the_next_one_waits_for_its_end() {
    let kept = Kept::with_users(1);
    let other = SqliteLedger::open(&kept.path(), binding()).unwrap();
    let lock = kept.ledger.lock_run().unwrap();
    let error = other.lock_run().unwrap_err();
    assert!(matches!(&error, LedgerError::InUse(path) if *path == kept.path().as_path().into()), "{error}");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(move || other.join_run());
        assert!(kept.ledger.lock_run().is_err());
        drop(lock);
        let lock = waiting.join().unwrap().unwrap();
        assert!(kept.ledger.lock_run().is_err());
        drop(lock);
    });
    drop(kept.ledger.lock_run().unwrap());
}

#[cfg(unix)]
#[test]
fn a_ledger_with_two_names_has_one_lock() {
    let kept = Kept::with_users(1);
    let link = kept.folder().join("link.db");
    std::os::unix::fs::symlink(kept.path(), &link).unwrap();
    let other = SqliteLedger::open(&link, binding()).unwrap();
    let lock = kept.ledger.lock_run().unwrap();
    let error = other.lock_run().unwrap_err();
    assert!(matches!(&error, LedgerError::InUse(path) if *path == link.as_path().into()), "{error}");
    drop(lock);
    drop(other.lock_run().unwrap());
}

#[test]
fn many_can_create_a_ledger_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.db");
    let start = Barrier::new(8);
    std::thread::scope(|scope| {
        let openers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    SqliteLedger::open(&path, binding()).map(drop)
                })
            })
            .collect();
        for opener in openers {
            opener.join().unwrap().unwrap();
        }
    });
    assert!(SqliteLedger::open_existing(&path).unwrap().unwrap().check().unwrap().is_sound());
}

#[test]
fn a_store_and_a_reader_work_side_by_side() {
    let mut kept = Kept::with_users(200);
    let lock = kept.ledger.lock_run().unwrap();
    let mut store = kept.ledger.store(&lock, "c", &Policy::default()).unwrap();
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            for intent in 1..=200 {
                store.record(&batch([(intent, began(1, NOW))])).unwrap();
                store.record(&batch([(intent, sent(1, &intent.to_string()))])).unwrap();
            }
        });
        while !worker.is_finished() {
            assert_eq!(kept.ledger.counts("c").unwrap().total(), 200);
        }
    });
    assert_eq!(kept.ledger.counts("c").unwrap().sent, 200);
    assert!(kept.ledger.check().unwrap().is_sound());
}

#[test]
fn a_file_that_another_program_has_locked_is_reported_and_works_afterwards() {
    let kept = Kept::with_users(1);
    let ledger = SqliteLedger::open(&kept.path(), binding()).unwrap();
    let ledger = ledger.with_busy_timeout(Duration::from_millis(1)).unwrap();
    let lock = ledger.lock_run().unwrap();
    let mut store = ledger.store(&lock, "c", &Policy::default()).unwrap();
    let program = rusqlite::Connection::open(kept.path()).unwrap();
    program.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.record(&batch([(1, began(1, NOW))])).unwrap_err();
    assert!(matches!(error, LedgerError::Storage { problem: StorageProblem::Busy, .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("{}: another program", kept.path().display())), "{error}");
    // Reading is possible meanwhile.
    assert_eq!(store.lease(1).unwrap().intents.len(), 1);
    program.execute_batch("COMMIT").unwrap();
    store.record(&batch([(1, began(1, NOW))])).unwrap();
}
