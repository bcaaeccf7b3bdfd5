//! What status and export read.

use wechatpay_cli::ledger::{Ledger as _, LedgerError, Selection};
use wechatpay_core::bulk::{Refusal, Store as _, Verdict};
use wechatpay_core::types::Openid;

use super::common::{Kept, NOW, batch, began, ended, plan, sent, with_details};

/// Of four users, the first has the coupon, two are refused, and one is doubtful.
fn mixed() -> Kept {
    let mut kept = Kept::new();
    kept.plan_with(&plan("c"), "order,openid,city\n7,o1,\"深,圳\"\n8,o2,x\n9,o3,y\n10,o4,z\n", Some("order"))
        .unwrap();
    let mut store = kept.holding();
    store.record(&batch([(1, began(1, NOW)), (1, sent(1, "9867041"))])).unwrap();
    for intent in [2, 3] {
        let limit = Verdict::Refused(Refusal::Limit);
        let facts = [(intent, began(1, NOW + 61_000)), (intent, ended(1, NOW + 61_200, limit))];
        store.record(&with_details(batch(facts), "RULE_LIMIT", "the user has all coupons")).unwrap();
    }
    store.record(&batch([(4, began(1, NOW)), (4, ended(1, NOW, Verdict::RateLimited))])).unwrap();
    let invalid = [(4, began(2, NOW + 1000)), (4, ended(2, NOW + 1200, Verdict::Invalid))];
    store.record(&batch(invalid)).unwrap();
    kept
}

fn an_export_has_the_columns_of_the_list_and_what_became_of_each_row() {
    let mut kept = mixed();
    let csv = kept.export("c");
    let lines: Vec<String> = csv.lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "order,openid,city,standing,coupon_id,out_request_no,code,attempts,last_at");
    let number = lines[1].split(',').nth(6).unwrap();
    assert_eq!(number.len(), 40);
    assert_eq!(lines[1], format!("7,o1,\"深,圳\",sent,9867041,{number},,1,2026-11-23T00:00:00+08:00"));
    assert!(lines[2].ends_with(",RULE_LIMIT,1,2026-11-23T00:01:01+08:00"), "{csv}");
    assert!(lines[4].starts_with("10,o4,z,doubtful,,"), "{csv}");
    assert!(lines[4].ends_with(",2,2026-11-23T00:00:01+08:00"), "{csv}");
    let mut refused = Vec::new();
    let selection = Selection::Standing("refused".into());
    assert_eq!(kept.ledger.export("c", &selection, &mut refused).unwrap(), 2);
    assert_eq!(String::from_utf8(refused).unwrap().lines().count(), 3);
    // What was exported can be planned again, and exported again.
    let planned = kept.plan_with(&plan("d"), &csv, Some("order")).unwrap();
    assert_eq!(planned.new, 4);
    let first = kept.export("d").lines().next().unwrap().to_owned();
    assert!(first.starts_with(&lines[0]) && first.contains(",ledger_standing,"), "{first}");
}

fn an_output_that_fails_is_an_error() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = mixed().ledger.export("c", &Selection::All, &mut Full).unwrap_err();
    assert!(matches!(error, LedgerError::Output(_)), "{error}");
}

fn refusals_are_counted_by_code_and_attempts_by_minute() {
    let mut kept = mixed();
    let refusals = kept.ledger.refusals("c").unwrap();
    let [group] = refusals.as_slice() else { panic!("{refusals:?}") };
    assert_eq!((group.code.as_deref(), group.intents), (Some("RULE_LIMIT"), 2));
    assert_eq!(group.text.as_deref(), Some("the user has all coupons"));
    let minutes = |kept: &mut Kept, since| {
        let minutes = kept.ledger.minutes("c", since).unwrap();
        minutes.into_iter().map(|it| (it.at, it.attempts, it.sent, it.rate_limited)).collect::<Vec<_>>()
    };
    assert_eq!(minutes(&mut kept, 0), [(NOW, 3, 1, 1), (NOW + 60_000, 2, 0, 0)]);
    assert_eq!(minutes(&mut kept, NOW + 60_000), [(NOW + 60_000, 2, 0, 0)]);
}

fn intents_are_selected_by_standing_key_number_and_id() {
    let mut kept = mixed();
    kept.plan_with(&plan("c"), "order,openid\n7,o1\n7,o1\n", Some("order")).unwrap();
    let mut select = |selection: Selection| {
        let (mut ids, mut number) = (Vec::new(), None);
        let mut take = |row: wechatpay_cli::ledger::IntentRow| {
            ids.push(row.id);
            number = Some(row.out_request_no);
            Ok(())
        };
        assert_eq!(
            kept.ledger.intents("c", &selection, &mut take).unwrap(),
            u64::try_from(ids.len()).unwrap()
        );
        (ids, number)
    };
    let all = select(Selection::All).0;
    // A database may leave numbers out.
    let new = all[4];
    assert_eq!(all, [1, 2, 3, 4, new]);
    assert_eq!(select(Selection::Open).0, [4, new]);
    assert_eq!(select(Selection::Standing("refused".into())).0, [2, 3]);
    assert_eq!(select(Selection::Key("7".into())).0, [1, new]);
    assert!(select(Selection::Key("70".into())).0.is_empty());
    let (ids, number) = select(Selection::Id(3));
    assert_eq!(ids, [3]);
    assert_eq!(select(Selection::Number(number.unwrap())).0, [3]);
}

fn an_intent_comes_with_its_last_attempt_and_shows_no_user() {
    let mut kept = mixed();
    let mut rows = Vec::new();
    kept.ledger
        .intents("c", &Selection::All, &mut |row| {
            rows.push(row);
            Ok(())
        })
        .unwrap();
    let last = rows[1].last.as_ref().unwrap();
    assert_eq!((last.began_at, last.ended_at), (NOW + 61_000, Some(NOW + 61_200)));
    assert_eq!(last.verdict, Some(Verdict::Refused(Refusal::Limit)));
    assert_eq!(
        (last.details.http_status, last.details.text.as_str()),
        (Some(400), "the user has all coupons")
    );
    assert_eq!((rows[1].openid.clone(), rows[1].key.as_deref()), (Some(Openid::from("o2")), Some("8")));
    assert_eq!((rows[3].attempts, rows[3].may_have_happened), (2, true));
    let shown = format!("{rows:?} {:?} {:?} {:?}", kept.ledger, kept.store(), Selection::Key("o1".into()));
    for openid in ["o1", "o2", "o3", "o4"] {
        assert!(!shown.contains(&format!("\"{openid}\"")), "{shown}");
    }
}

fn an_unknown_campaign_is_an_error_everywhere() {
    let mut kept = Kept::with_users(1);
    let ledger = &mut kept.ledger;
    let lock = ledger.lock_run().unwrap();
    let errors = [
        ledger.campaign("x").unwrap_err(),
        ledger.counts("x").unwrap_err(),
        ledger.refusals("x").unwrap_err(),
        ledger.minutes("x", 0).unwrap_err(),
        ledger.pause("x").unwrap_err(),
        ledger.resume("x").unwrap_err(),
        ledger.intents("x", &Selection::All, &mut |_| Ok(())).unwrap_err(),
        ledger.store(&lock, "x", &Default::default()).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.to_string(), "the ledger has no campaign \"x\"");
    }
}

everywhere!(
    an_export_has_the_columns_of_the_list_and_what_became_of_each_row,
    an_output_that_fails_is_an_error,
    refusals_are_counted_by_code_and_attempts_by_minute,
    intents_are_selected_by_standing_key_number_and_id,
    an_intent_comes_with_its_last_attempt_and_shows_no_user,
    an_unknown_campaign_is_an_error_everywhere,
);
