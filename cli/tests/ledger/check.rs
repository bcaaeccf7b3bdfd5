//! Each error that is planted in a ledger is found, and named by its kind.

use wechatpay_cli::ledger::{FindingKind, Ledger as _};
use wechatpay_core::bulk::{Store as _, Verdict};

use super::common::{Kept, NOW, batch, began, ended, sent};

fn used() -> Kept {
    let kept = Kept::with_users(4);
    let unknown = Verdict::Unknown { failed: false };
    let facts =
        [(1, began(1, NOW)), (1, sent(1, "1")), (2, began(1, NOW)), (2, sent(1, "2")), (3, began(1, NOW))];
    kept.holding().record(&batch(facts)).unwrap();
    kept.holding().record(&batch([(3, began(1, NOW)), (3, ended(1, NOW, unknown))])).unwrap();
    kept
}

fn a_sound_ledger_has_no_findings() {
    let checked = used().ledger.check().unwrap();
    assert!(checked.is_sound(), "{checked:?}");
    assert_eq!((checked.intents, checked.attempts, checked.more), (4, 3, 0));
}

fn every_planted_error_is_found() {
    use FindingKind::*;
    for (sql, expected) in [
        ("UPDATE intent SET out_request_no = 'x' WHERE id = 2", &[(Number, 2)][..]),
        ("UPDATE intent SET fingerprint = 'x' WHERE id = 2", &[(Fingerprint, 2)]),
        ("UPDATE intent SET lane = (lane + 1) % 256 WHERE id = 2", &[(Lane, 2)]),
        ("UPDATE intent SET openid = 'oX' WHERE id = 2", &[(Number, 2), (Fingerprint, 2), (Lane, 2)]),
        ("UPDATE intent SET standing = 'planned', coupon_id = NULL WHERE id = 2", &[(Standing, 2)]),
        ("UPDATE intent SET standing = 'refused' WHERE id = 4", &[(Standing, 4)]),
        ("UPDATE intent SET standing = 'sent' WHERE id = 4", &[(Standing, 4)]),
        ("UPDATE intent SET retry_at = retry_at + 1 WHERE id = 3", &[(Standing, 3)]),
        ("UPDATE intent SET maybe = 0 WHERE id = 3", &[(Standing, 3)]),
        ("DELETE FROM attempt WHERE intent = 2", &[(Standing, 2)]),
        ("UPDATE attempt SET verdict = 'x' WHERE intent = 2", &[(Unreadable, 2)]),
        ("UPDATE attempt SET verdict = NULL WHERE intent = 2", &[(Unreadable, 2)]),
        ("INSERT INTO settlement(intent, at, fact) VALUES (4, 0, '{}')", &[(Unreadable, 4)]),
        ("INSERT INTO settlement(intent, at, fact) VALUES (2, 0, '{\"found\":\"7\"}')", &[(TwoCoupons, 2)]),
        ("UPDATE intent SET coupon_id = '1' WHERE id = 2", &[(Standing, 2), (OneCouponTwice, 2)]),
        ("INSERT INTO attempt(intent, n, began_at) VALUES (99, 1, 0)", &[(Orphan, 0)]),
        ("DELETE FROM campaign", &[(Orphan, 0), (Orphan, 0), (Orphan, 0), (Orphan, 0)]),
    ] {
        let mut kept = used();
        assert_eq!(kept.sql(sql), 1, "{sql}");
        let checked = kept.ledger.check().unwrap();
        let found: Vec<_> =
            checked.findings.iter().map(|it| (it.kind, it.intent.unwrap_or_default())).collect();
        assert_eq!(found, expected, "{sql}: {checked:?}");
        assert!(!format!("{checked:?}").contains("oX"));
    }
}

#[test]
fn a_damaged_page_is_found() {
    use std::io::{Seek as _, Write as _};
    let kept = Kept::with_users(2000);
    let copy = kept.folder().join("copy.db");
    kept.ledger.sqlite().unwrap().backup(&copy).unwrap();
    let mut file = std::fs::OpenOptions::new().write(true).open(&copy).unwrap();
    // The index of the numbers is in the last pages.
    let len = file.metadata().unwrap().len();
    file.seek(std::io::SeekFrom::Start(len - 4096)).unwrap();
    file.write_all(&[0xff; 4096]).unwrap();
    drop(file);
    let mut copy = wechatpay_cli::ledger::SqliteLedger::open_existing(&copy).unwrap().unwrap();
    match copy.check() {
        Ok(checked) => {
            assert!(checked.findings.iter().any(|it| it.kind == FindingKind::Damaged), "{checked:?}")
        }
        Err(error) => assert!(error.to_string().contains("damaged"), "{error}"),
    }
}

fn more_than_a_thousand_findings_are_only_counted() {
    let mut kept = Kept::with_users(1005);
    assert_eq!(kept.sql("UPDATE intent SET fingerprint = ''"), 1005);
    let checked = kept.ledger.check().unwrap();
    assert_eq!((checked.findings.len(), checked.more), (1000, 5));
}

everywhere!(
    a_sound_ledger_has_no_findings,
    every_planted_error_is_found,
    more_than_a_thousand_findings_are_only_counted,
);
