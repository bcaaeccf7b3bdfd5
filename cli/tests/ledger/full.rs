//! A disk that is full: a batch that cannot be written is not kept, and the ledger works again afterwards.

use std::process::Command;

use wechatpay_cli::ledger::{Ledger as _, LedgerError, SqliteLedger, StorageProblem};
use wechatpay_core::bulk::{Policy, Store as _};

use super::common::{Kept, NOW, batch, began, binding, sent};

/// Says to the child where the ledger is.
const PATH: &str = "WECHATPAY_TEST_LEDGER";
/// Files of the child can have at most this many blocks of 512 or 1024 bytes, depending on the shell.
const BLOCKS: &str = "2000";
const USERS: u32 = 2000;

#[test]
fn a_batch_that_does_not_fit_is_not_kept_and_the_next_run_continues() {
    let mut kept = Kept::with_users(USERS);
    let output = Command::new("sh")
        // A write beyond the limit then fails instead of ending the process.
        .args(["-c", &format!("trap '' XFSZ; ulimit -f {BLOCKS}; exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "full::child", "--ignored", "--nocapture"])
        .env(PATH, kept.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text} {}", String::from_utf8_lossy(&output.stderr));
    // What was answered with success is there, and nothing more.
    let recorded: u64 =
        text.lines().find_map(|line| line.strip_prefix("recorded ")).unwrap().parse().unwrap();
    assert!(recorded > 0, "{text}");
    let counts = kept.ledger.counts("c").unwrap();
    assert_eq!((counts.sent, counts.total()), (recorded, USERS.into()));
    assert!(kept.ledger.check().unwrap().is_sound());
    let mut store = kept.store();
    let lease = store.lease(usize::MAX >> 1).unwrap();
    assert_eq!(u64::try_from(lease.intents.len()).unwrap(), u64::from(USERS) - recorded);
    for intent in lease.intents {
        let facts = [(intent.id, began(1, NOW)), (intent.id, sent(1, &intent.id.to_string()))];
        store.record(&batch(facts)).unwrap();
    }
    assert_eq!(kept.ledger.counts("c").unwrap().sent, u64::from(USERS));
}

/// Records until the disk is full.
#[test]
#[ignore = "a part of the test above"]
fn child() {
    let path = std::path::PathBuf::from(std::env::var_os(PATH).unwrap());
    let ledger = SqliteLedger::open(&path, binding()).unwrap();
    let lock = ledger.lock_run().unwrap();
    let mut store = ledger.store(&lock, "c", &Policy::default()).unwrap();
    // A reader keeps SQLite from using the log again, so that it grows.
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM intent").unwrap();
    let mut recorded = 0_u64;
    let next = |intent: u64| batch([(intent, began(1, NOW)), (intent, sent(1, &intent.to_string()))]);
    let error = loop {
        match store.record(&next(recorded + 1)) {
            Ok(_) => recorded += 1,
            Err(error) => break error,
        }
        assert!(recorded < u64::from(USERS), "the limit has no effect");
    };
    let LedgerError::Storage { problem: StorageProblem::Full | StorageProblem::Io, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    // It can still be read, and fails in the same way again.
    assert_eq!(store.lease(1).unwrap().intents.len(), 1);
    assert!(store.record(&next(recorded + 1)).is_err());
    println!("\nrecorded {recorded}");
}
