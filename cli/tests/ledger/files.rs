//! The file: to whom it belongs, who can read it, and which files are refused.

use std::fs;
use std::io::ErrorKind;

use wechatpay_cli::ledger::{Binding, Ledger as _, LedgerError, SqliteLedger, StorageProblem};
use wechatpay_core::BaseUrl;

use super::common::{Kept, MCHID, binding, list};

fn host(url: &str) -> BaseUrl {
    url.parse().unwrap()
}

#[test]
fn a_ledger_is_for_one_merchant_at_one_host() {
    let kept = Kept::with_users(1);
    let before = fs::read(kept.path()).unwrap();
    let main = host("https://api.mch.weixin.qq.com");
    for (other, expected) in [
        (Binding::new("1900007292".into(), &main), "for the merchant number 1900007291, not for 1900007292"),
        (
            Binding::new(MCHID.into(), &host("https://api2.mch.weixin.qq.com")),
            "for the host https://api.mch.weixin.qq.com, not for https://api2.mch.weixin.qq.com",
        ),
        (Binding::sandbox(MCHID.into(), &main), "for the platform WeChat Pay, not for sandbox"),
    ] {
        let error = SqliteLedger::open(&kept.path(), other).unwrap_err();
        assert!(matches!(error, LedgerError::Bound { .. }));
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert_eq!(fs::read(kept.path()).unwrap(), before);
    let existing = SqliteLedger::open_existing(&kept.path()).unwrap().unwrap();
    assert_eq!(*existing.binding(), binding());
}

#[test]
fn a_ledger_of_a_sandbox_is_recognised_at_another_port() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    assert!(SqliteLedger::open_existing(&path).unwrap().is_none());
    assert!(!path.exists());
    let made = Binding::sandbox(MCHID.into(), &host("http://127.0.0.1:8700"));
    drop(SqliteLedger::open(&path, made.clone()).unwrap());
    let moved = Binding::sandbox(MCHID.into(), &host("http://127.0.0.1:8701"));
    drop(SqliteLedger::open(&path, moved).unwrap());
    assert_eq!(*SqliteLedger::open_existing(&path).unwrap().unwrap().binding(), made);
    let other = Binding::sandbox("1".into(), &host("http://127.0.0.1:8700"));
    assert!(matches!(SqliteLedger::open(&path, other), Err(LedgerError::Bound { .. })));
}

#[test]
fn what_is_no_ledger_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("list.csv");
    fs::write(&text, list(1000)).unwrap();
    let database = folder.path().join("other.db");
    rusqlite::Connection::open(&database).unwrap().execute_batch("CREATE TABLE t(a)").unwrap();
    for path in [text, database] {
        let before = fs::read(&path).unwrap();
        for opened in
            [SqliteLedger::open(&path, binding()).map(drop), SqliteLedger::open_existing(&path).map(drop)]
        {
            let error = opened.unwrap_err();
            assert!(
                matches!(&error, LedgerError::Foreign(named) if *named == path.as_path().into()),
                "{error}"
            );
        }
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_newer_format_is_refused() {
    let kept = Kept::with_users(1);
    kept.sql("PRAGMA user_version = 7");
    let error = SqliteLedger::open(&kept.path(), binding()).unwrap_err();
    assert!(matches!(error, LedgerError::Newer { format: 7, known: 2, .. }), "{error}");
    assert!(error.to_string().contains("use a newer version"), "{error}");
}

#[test]
fn a_file_that_was_cut_off_is_reported() {
    let kept = Kept::with_users(2000);
    let copy = kept.folder().join("copy.db");
    kept.ledger.sqlite().unwrap().backup(&copy).unwrap();
    let whole = fs::metadata(&copy).unwrap().len();
    for len in [whole / 2, 5000, 100, 10] {
        fs::OpenOptions::new().write(true).open(&copy).unwrap().set_len(len).unwrap();
        let used = SqliteLedger::open(&copy, binding()).and_then(|mut ledger| ledger.counts("c").map(drop));
        let error = used.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&copy.display().to_string()), "{text}");
        assert!(text.contains("damaged") || text.contains("not a ledger"), "{len}: {text}");
    }
}

#[test]
fn a_folder_or_a_missing_folder_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("missing").join("ledger.db")] {
        let error = SqliteLedger::open(&path, binding()).unwrap_err();
        assert!(
            matches!(error, LedgerError::Storage { problem: StorageProblem::CannotOpen, .. }),
            "{error:?}"
        );
        assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let kept = Kept::with_users(1);
    let lock = kept.ledger.lock_run().unwrap();
    kept.ledger.sqlite().unwrap().backup(&kept.folder().join("copy.db")).unwrap();
    let files: Vec<_> = fs::read_dir(kept.folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    drop(lock);
}

#[test]
fn a_backup_is_a_whole_ledger_and_overwrites_nothing() {
    let mut kept = Kept::with_users(3);
    let copy = kept.folder().join("copy.db");
    kept.ledger.sqlite().unwrap().backup(&copy).unwrap();
    kept.plan("c", &list(5)).unwrap();
    let error = kept.ledger.sqlite().unwrap().backup(&copy).unwrap_err();
    assert!(matches!(&error, LedgerError::Exists(path) if *path == copy), "{error}");
    let mut copied = SqliteLedger::open(&copy, binding()).unwrap();
    assert_eq!(copied.counts("c").unwrap().planned, 3);
    assert!(copied.check().unwrap().is_sound());
    let missing = kept.folder().join("missing").join("copy.db");
    assert!(kept.ledger.sqlite().unwrap().backup(&missing).unwrap_err().to_string().contains("missing"));
}

/// A write-protected folder: SQLite can make no files beside the ledger. Not for root, who may write everywhere.
#[cfg(unix)]
#[test]
fn a_ledger_that_cannot_be_written_is_reported() {
    use std::os::unix::fs::PermissionsExt as _;
    let kept = Kept::with_users(1);
    let file = kept.folder().join("copy.db");
    kept.ledger.sqlite().unwrap().backup(&file).unwrap();
    let mode = |path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(file.as_path(), 0o400);
    let anything = fs::OpenOptions::new().write(true).open(&file);
    if !anything.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied) {
        eprintln!("left out: this user may write everywhere");
        return;
    }
    let error = SqliteLedger::open(&file, binding()).unwrap_err();
    assert!(matches!(error, LedgerError::Storage { problem: StorageProblem::ReadOnly, .. }), "{error:?}");
    mode(file.as_path(), 0o600);
    mode(kept.folder(), 0o500);
    let error = SqliteLedger::open(&file, binding()).and_then(|mut ledger| ledger.counts("c")).unwrap_err();
    mode(kept.folder(), 0o700);
    assert!(matches!(error, LedgerError::Storage { problem: StorageProblem::CannotOpen, .. }), "{error:?}");
}
