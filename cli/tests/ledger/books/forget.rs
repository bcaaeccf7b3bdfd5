//! Openids that are forgotten.

use wechatpay_cli::ledger::{Author, FlowKind, Forgetting, Ledger as _, LedgerError, Resolution, Selection};
use wechatpay_core::bulk::{Decision, Policy, Standing, Store as _, Verdict};

use super::made_up::{Books, LATER};
use crate::common::{Kept, NOW, batch, began, ended, pass, plan, sent};

const OPENIDS: [&str; 3] =
    ["oAliceAliceAliceAliceAlice1", "oBobBobBobBobBobBobBobBob2", "oCarolCarolCarolCarolCarol3"];

/// Two of three were sent, the third was refused. The city is another column.
fn campaign(key: Option<&str>) -> Kept {
    let mut kept = Kept::new();
    kept.plan_with(&plan("c"), &list(), key).unwrap();
    let facts = [
        (1, began(1, NOW)),
        (1, sent(1, "1")),
        (2, began(1, NOW)),
        (2, sent(1, "2")),
        (3, began(1, NOW)),
        (3, ended(1, NOW, Verdict::Invalid)),
    ];
    kept.holding().record(&batch(facts)).unwrap();
    kept
}

fn list() -> String {
    let [alice, bob, carol] = OPENIDS;
    format!("openid,member,city\n{alice},1001,Shenzhen\n{bob},1002,Chengdu\n{carol},{carol},Beijing\n")
}

fn forget(kept: &mut Kept, meant: &Forgetting) -> Result<u64, LedgerError> {
    let lock = kept.ledger.join_run().unwrap();
    kept.ledger.forget(&lock, meant, LATER).map(|forgotten| forgotten.rows)
}

/// Another program may have been reading when the file was written again.
#[test]
fn what_is_still_in_the_log_of_the_file_is_reported() {
    let mut kept = campaign(None);
    let reader = rusqlite::Connection::open(kept.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM intent;").unwrap();
    let ledger = wechatpay_cli::ledger::SqliteLedger::open_existing(&kept.path()).unwrap().unwrap();
    let mut ledger = ledger.with_busy_timeout(std::time::Duration::from_millis(10)).unwrap();
    let mut forget = || {
        let lock = ledger.lock_run().unwrap();
        ledger.forget(&lock, &Forgetting::campaign("c"), LATER).unwrap()
    };
    let first = forget();
    assert_eq!((first.rows, first.scrubbed), (3, false));
    drop(reader);
    let second = forget();
    assert_eq!((second.rows, second.scrubbed), (0, true));
    assert!(!kept.export("c").contains(OPENIDS[0]));
}

#[test]
fn nothing_of_them_is_left_in_the_files() {
    for key in [None, Some("member")] {
        let mut kept = campaign(key);
        let holds = |kept: &Kept, text: &str| {
            let files = std::fs::read_dir(kept.folder()).unwrap();
            files.map(|file| file.unwrap().path()).any(|path| {
                let bytes = std::fs::read(path).unwrap();
                bytes.windows(text.len()).any(|window| window == text.as_bytes())
            })
        };
        for text in OPENIDS.into_iter().chain(["Shenzhen", "Chengdu"]) {
            assert!(holds(&kept, text), "{text}");
        }
        let lock = kept.ledger.lock_run().unwrap();
        let forgotten = kept.ledger.forget(&lock, &Forgetting::campaign("c"), LATER).unwrap();
        assert_eq!((forgotten.rows, forgotten.scrubbed), (3, true));
        drop(lock);
        for text in OPENIDS.into_iter().chain(["Shenzhen", "Chengdu"]) {
            assert!(!holds(&kept, text), "{text} with key {key:?}");
        }
        assert_eq!(kept.ledger.forgettable(&Forgetting::campaign("c")).unwrap().rows, 0);
        assert_eq!(forget(&mut kept, &Forgetting::campaign("c")).unwrap(), 0, "again");
    }
}

fn the_same_list_still_sends_nobody_a_second_coupon() {
    for key in [None, Some("member")] {
        let mut kept = campaign(key);
        forget(&mut kept, &Forgetting::campaign("c")).unwrap();
        let planned = kept.plan_with(&plan("c"), &list(), key).unwrap();
        assert_eq!((planned.rows, planned.new, planned.existing, planned.other_cells), (3, 0, 3, 0));
        assert_eq!(pass(&mut kept.store(), 10), [0; 0]);
    }
    // A key still belongs to one user.
    let mut kept = campaign(Some("member"));
    forget(&mut kept, &Forgetting::campaign("c")).unwrap();
    let other = "openid,member,city\noOther,1001,Shenzhen\n";
    let error = kept.plan_with(&plan("c"), other, Some("member")).unwrap_err();
    assert!(matches!(error, LedgerError::OtherUser { .. }), "{error}");
}

fn a_forgotten_row_is_found_by_its_key_and_shows_no_user() {
    let mut kept = campaign(Some("member"));
    forget(&mut kept, &Forgetting::campaign("c")).unwrap();
    for (key, kept_key) in [("1001", Some("1001")), (OPENIDS[2], None)] {
        let mut rows = Vec::new();
        let take = &mut |row| {
            rows.push(row);
            Ok(())
        };
        kept.ledger.intents("c", &Selection::Key(key.to_owned()), take).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].openid.as_ref(), rows[0].key.as_deref()), (None, kept_key));
    }
    let export = kept.export("c");
    assert!(export.contains(",1001,,sent,1,"), "{export}");
    assert!(!export.contains("Shenzhen"), "{export}");
}

fn a_ledger_with_forgotten_users_is_sound_and_damage_is_still_found() {
    use wechatpay_cli::ledger::FindingKind::{Lane, Number};
    let mut kept = campaign(Some("member"));
    forget(&mut kept, &Forgetting::campaign("c")).unwrap();
    let checked = kept.ledger.check().unwrap();
    assert!(checked.is_sound(), "{checked:?}");
    kept.sql("UPDATE intent SET lane = (lane + 1) % 256 WHERE id = 1");
    kept.sql("UPDATE intent SET key = '1009' WHERE id = 2");
    let checked = kept.ledger.check().unwrap();
    assert_eq!(checked.findings.iter().map(|it| it.kind).collect::<Vec<_>>(), [Lane, Number]);
}

fn as_long_as_a_row_is_not_final_nothing_is_forgotten() {
    let mut kept = campaign(None);
    kept.plan("c", "openid,city\noDaveDaveDaveDaveDave,Wuhan\n").unwrap();
    let counted = kept.ledger.forgettable(&Forgetting::campaign("c")).unwrap();
    assert_eq!((counted.rows, counted.open), (4, 1));
    let before = kept.export("c");
    let error = forget(&mut kept, &Forgetting::campaign("c")).unwrap_err();
    assert!(matches!(error, LedgerError::NotFinal(1)), "{error}");
    assert_eq!(kept.export("c"), before);
    // The others can be, by themselves.
    assert_eq!(forget(&mut kept, &Forgetting::user(OPENIDS[0].into())).unwrap(), 1);
}

fn one_user_is_forgotten_in_all_campaigns() {
    let mut kept = campaign(None);
    kept.plan("d", &format!("openid\n{}\noOther\n", OPENIDS[0])).unwrap();
    let facts = [(4, began(1, NOW)), (4, sent(1, "4")), (5, began(1, NOW)), (5, sent(1, "5"))];
    kept.holding_of("d").record(&batch(facts)).unwrap();
    assert_eq!(forget(&mut kept, &Forgetting::user(OPENIDS[0].into())).unwrap(), 2);
    let all = kept.export("c") + &kept.export("d");
    assert!(!all.contains(OPENIDS[0]) && all.contains(OPENIDS[1]) && all.contains("oOther"), "{all}");
}

fn only_what_is_old_is_forgotten() {
    let mut kept = campaign(None);
    // The success came at NOW + 100, the refusal at NOW.
    assert_eq!(kept.ledger.forgettable(&Forgetting::before(NOW)).unwrap().rows, 0);
    assert_eq!(forget(&mut kept, &Forgetting::before(NOW + 100)).unwrap(), 1);
    assert_eq!(forget(&mut kept, &Forgetting::before(NOW + 101)).unwrap(), 2);
}

/// A decision, a use and a refund are news of a row, too.
fn what_was_heard_of_lately_is_not_old() {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    for news in [
        "INSERT INTO settlement(intent, at, fact) VALUES (1, {at}, '{\"found\":\"1\"}')",
        "INSERT INTO use_seen(coupon_id, transaction_id, source, at, received_at) VALUES ('1', 't', 'callback', {at}, 0)",
        "INSERT INTO use_seen(coupon_id, transaction_id, source, received_at) VALUES ('1', 't', 'callback', {at})",
        "INSERT INTO refund_seen(coupon_id, transaction_id, refund_id, stock_id, at, received_at) \
         VALUES ('1', 't', 'r', '9865000', {at}, 0)",
    ] {
        let mut kept = campaign(None);
        kept.sql(&news.replace("{at}", &(NOW + DAY).to_string()));
        assert_eq!(kept.ledger.forgettable(&Forgetting::before(NOW + DAY)).unwrap().rows, 2, "{news}");
        assert_eq!(forget(&mut kept, &Forgetting::before(NOW + DAY + 1)).unwrap(), 3, "{news}");
    }
}

fn it_must_be_said_whose() {
    let mut kept = campaign(None);
    let error = kept.ledger.forgettable(&Forgetting::default()).unwrap_err();
    assert!(matches!(error, LedgerError::NobodyToForget), "{error}");
    let error = kept.ledger.forgettable(&Forgetting::campaign("x")).unwrap_err();
    assert!(matches!(error, LedgerError::NoCampaign(_)), "{error}");
    let shown = format!("{:?}", Forgetting::user(OPENIDS[0].into()));
    assert!(!shown.contains(OPENIDS[0]), "{shown}");
}

/// Its request cannot be made any more.
fn a_forgotten_row_is_never_sent_again() {
    let mut kept = campaign(None);
    kept.plan("c", "openid,city\noDaveDaveDaveDaveDave,Wuhan\n").unwrap();
    let unknown = Verdict::Unknown { failed: false };
    kept.holding().record(&batch([(4, began(1, NOW)), (4, ended(1, NOW, unknown))])).unwrap();
    let decide = |kept: &mut Kept, decision| {
        let lock = kept.ledger.join_run().unwrap();
        let author = Author { who: String::new(), note: "x".to_owned(), at: LATER };
        let resolution = Resolution::Decided(decision);
        let policy = Policy::default();
        kept.ledger.resolve(&lock, "c", &Selection::Id(4), &resolution, &author, &policy).unwrap().changed
    };
    assert_eq!(decide(&mut kept, Decision::NotSent), 1);
    forget(&mut kept, &Forgetting::campaign("c")).unwrap();
    assert_eq!(decide(&mut kept, Decision::Repeat), 0);
    assert_eq!(crate::common::standings(&mut kept.ledger)[3], Standing::Refused);
    assert_eq!(pass(&mut kept.store(), 10), [0; 0]);
    // But a coupon that turns up late counts.
    let lock = kept.ledger.join_run().unwrap();
    let author = Author { who: String::new(), note: "x".to_owned(), at: LATER };
    let found = Resolution::Found("9".into());
    let found =
        kept.ledger.resolve(&lock, "c", &Selection::Id(4), &found, &author, &Policy::default()).unwrap();
    assert_eq!(found.changed, 1);
}

fn texts_and_rows_that_contain_an_openid_lose_it() {
    let mut kept = campaign(None);
    let alice = OPENIDS[0];
    kept.sql(&format!("UPDATE attempt SET text = 'the user {alice} is unknown' WHERE intent = 1"));
    kept.sql(&format!(
        "INSERT INTO notification(id, received_at, event_type, resource, coupon_id) VALUES \
         ('n', 0, 'COUPON.USE', '{{\"payer\":\"{alice}\"}}', '1')"
    ));
    let file = format!(
        "批次id,优惠id,优惠金额（元）,支付单号,消耗时间,openid\n`9865000,`1,`1.00,`t1,`2026-11-23 10:00:00,`{alice}\n总条数\n`1\n"
    );
    super::made_up::import(&mut kept, FlowKind::Use, "", &file, LATER).unwrap();
    forget(&mut kept, &Forgetting::user(alice.into())).unwrap();
    let dump = kept.dump();
    assert!(!dump.contains(alice), "{dump}");
    assert!(dump.contains("the user  is unknown"), "{dump}");
}

fn the_books_agree_after_openids_were_forgotten() {
    let mut books = Books::closed();
    forget(&mut books.kept, &Forgetting::campaign("c")).unwrap();
    assert_eq!(books.open(), [""; 0]);
}

everywhere!(
    the_same_list_still_sends_nobody_a_second_coupon,
    a_forgotten_row_is_found_by_its_key_and_shows_no_user,
    a_ledger_with_forgotten_users_is_sound_and_damage_is_still_found,
    as_long_as_a_row_is_not_final_nothing_is_forgotten,
    one_user_is_forgotten_in_all_campaigns,
    only_what_is_old_is_forgotten,
    what_was_heard_of_lately_is_not_old,
    it_must_be_said_whose,
    a_forgotten_row_is_never_sent_again,
    texts_and_rows_that_contain_an_openid_lose_it,
    the_books_agree_after_openids_were_forgotten,
);
