//! Planning: the same list, in any order and in any pieces, is the same campaign.

use std::collections::BTreeSet;

use proptest::prelude::*;
use wechatpay_cli::ledger::{Ledger as _, LedgerError, Selection};
use wechatpay_core::cashcoupons::CouponIntent;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::types::{Fen, OutRequestNo};

use super::common::{Kept, MCHID, list, plan};

/// Key, openid and number of each intent.
fn intents(kept: &mut Kept) -> BTreeSet<(Option<String>, String, String)> {
    let mut intents = BTreeSet::new();
    kept.ledger
        .intents("c", &Selection::All, &mut |row| {
            intents.insert((
                row.key,
                row.openid.unwrap().as_str().to_owned(),
                row.out_request_no.to_string(),
            ));
            Ok(())
        })
        .unwrap();
    intents
}

fn the_number_follows_from_merchant_campaign_key_and_ordinal() {
    let mut kept = Kept::new();
    kept.plan_with(&plan("双旦节"), "openid,order\no1,order7\no1,order7\n", Some("order")).unwrap();
    let mut numbers = Vec::new();
    kept.ledger
        .intents("双旦节", &Selection::All, &mut |row| {
            numbers.push(row.out_request_no.to_string());
            Ok(())
        })
        .unwrap();
    // Those of the documentation of `OutRequestNo::derived`, made with sha256sum.
    let expected = ["55788c8754fb372a8aad1880f255a543c944cc0a", "503e488c93c0ae6bbe2045e4a4facb84713abfc3"];
    assert_eq!(numbers, expected);
    assert_eq!(MCHID, "1900007291");
}

fn planning_says_what_it_found() {
    let mut kept = Kept::new();
    let limited = plan("c").max_per_user(2).face_value(Fen::new(500));
    let rows = "openid,order\no1,1\no1,2\no1,3\no2,4\no2,4\no3,5\n";
    let planned = kept.plan_with(&limited, rows, Some("order")).unwrap();
    assert_eq!((planned.rows, planned.new, planned.existing), (6, 6, 0));
    assert_eq!((planned.intents, planned.users, planned.repeated_users), (6, 3, 2));
    assert_eq!((planned.most_per_user, planned.users_over_limit), (3, 1));
    assert!(planned.overlaps.is_empty());
    let campaign = kept.ledger.campaign("c").unwrap();
    assert_eq!(campaign.face_value, Some(Fen::new(500)));
    assert_eq!(
        (campaign.columns.join(","), campaign.key_column.as_deref()),
        ("openid,order".into(), Some("order"))
    );

    let planned = kept.plan_with(&plan("other"), "openid\no2\no3\no9\n", None).unwrap();
    let [overlap] = planned.overlaps.as_slice() else { panic!("{planned:?}") };
    assert_eq!((overlap.campaign.as_str(), overlap.users), ("c", 2));
    let mut elsewhere = plan("third");
    elsewhere.stock_id = "9865001".into();
    assert!(kept.plan_with(&elsewhere, "openid\no2\n", None).unwrap().overlaps.is_empty());
}

fn a_longer_list_adds_what_is_new_and_keeps_what_was() {
    let mut kept = Kept::new();
    kept.plan("c", "openid,city\no1,深圳\n").unwrap();
    let planned = kept.plan("c", "color,openid,city\nred,o2,广州\nblue,o1,北京\n").unwrap();
    assert_eq!((planned.new, planned.existing, planned.other_cells, planned.intents), (1, 1, 1, 2));
    // A column that came later and is empty in the first list is no change.
    let planned = kept.plan("c", "openid,city\no1,深圳\n").unwrap();
    assert_eq!((planned.new, planned.existing, planned.other_cells, planned.intents), (0, 1, 0, 2));
    let csv = kept.export("c");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "openid,city,color,standing,coupon_id,out_request_no,code,attempts,last_at");
    assert!(lines[1].starts_with("o1,深圳,,planned,,"), "{csv}");
    assert!(lines[2].starts_with("o2,广州,red,planned,,"), "{csv}");
}

fn a_key_belongs_to_one_user() {
    let mut kept = Kept::new();
    let rows = |first: &str| format!("openid,order\n{first},1\no2,2\n");
    kept.plan_with(&plan("c"), &rows("o1"), Some("order")).unwrap();
    let error = kept.plan_with(&plan("c"), &format!("{}o3,3\n", rows("oX")), Some("order")).unwrap_err();
    let text = error.to_string();
    assert_eq!(text, "1 rows have a key that was planned with another openid: line 2 (key \"1\")");
    assert!(!format!("{error:?}").contains("oX"));
    // Nothing of the list was added, not even the row that is right.
    assert_eq!(kept.ledger.counts("c").unwrap().total(), 2);
    // Also within one list: in another order, the numbers would be those of the other user.
    let within = kept.plan_with(&plan("d"), "openid,order\no1,1\no2,1\n", Some("order")).unwrap_err();
    assert!(matches!(within, LedgerError::OtherUser { count: 1, .. }), "{within}");
    assert!(matches!(kept.ledger.campaign("d"), Err(LedgerError::NoCampaign(_))));
    let many: String = (1..=12).map(|row| format!("oX,{row}\n")).collect();
    kept.plan_with(&plan("e"), &format!("openid,order\n{}", many.replace("oX", "o")), Some("order")).unwrap();
    let error = kept.plan_with(&plan("e"), &format!("openid,order\n{many}"), Some("order")).unwrap_err();
    let LedgerError::OtherUser { rows, count: 12 } = &error else { panic!("{error}") };
    assert_eq!(rows.len(), 10);
    assert!(error.to_string().ends_with("line 11 (key \"10\"), …"), "{error}");
}

fn a_key_that_is_an_openid_is_not_shown() {
    let mut kept = Kept::new();
    kept.plan_with(&plan("c"), "openid,member\no1,o2\n", Some("member")).unwrap();
    let error = kept.plan_with(&plan("c"), "openid,member\no2,o2\n", Some("member")).unwrap_err();
    assert_eq!(error.to_string(), "1 rows have a key that was planned with another openid: line 2");
}

fn a_campaign_keeps_its_stock_app_creator_and_key_column() {
    let mut kept = Kept::with_users(1);
    type Change = fn(&mut wechatpay_cli::ledger::Plan);
    let changes: [(&str, Change); 3] = [
        ("the stock 9865000, not 1", |plan| plan.stock_id = "1".into()),
        ("the appid wxd678efh567hg6787, not wx1", |plan| plan.appid = "wx1".into()),
        ("the creator of the stock 1900007291, not 2", |plan| plan.creator = "2".into()),
    ];
    for (expected, change) in changes {
        let mut other = plan("c");
        change(&mut other);
        let error = kept.plan_with(&other, &list(2), None).unwrap_err();
        assert!(matches!(error, LedgerError::OtherCampaign { .. }));
        assert!(error.to_string().contains(expected), "{error}");
    }
    let error = kept.plan_with(&plan("c"), "openid,order\no1,1\n", Some("order")).unwrap_err();
    assert!(error.to_string().contains("the key column openid, not order"), "{error}");
    assert_eq!(kept.ledger.counts("c").unwrap().total(), 1);
}

fn a_list_with_an_error_leaves_nothing() {
    let mut kept = Kept::new();
    for (rows, expected) in [
        ("openid\no1\no2,\n", "line 3: the row has 2 cells, but the first line names 1 columns"),
        ("openid\n", "the list has no rows"),
    ] {
        assert_eq!(kept.plan("c", rows).unwrap_err().to_string(), expected);
        assert!(kept.ledger.campaigns().unwrap().is_empty());
    }
    for name in ["", " c", "c\n", &"c".repeat(129)] {
        assert!(matches!(kept.plan(name, "openid\no1\n"), Err(LedgerError::Name(_))), "{name:?}");
    }
    let mut no_stock = plan("c");
    no_stock.stock_id = "".into();
    let error = kept.plan_with(&no_stock, "openid\no1\n", None).unwrap_err();
    assert!(error.to_string().starts_with("line 2: "), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Rows of a few keys, each with its user, some of them several times; the same in another order, in two pieces.
    fn the_same_list_in_any_order_is_the_same_campaign(
        (rows, shuffled) in prop::collection::vec(0_u32..8, 1..20)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        cut in 0_usize..20,
    ) {
        let csv = |rows: &[u32]| {
            let rows = rows.iter().map(|key| format!("o{},key{key}\n", key / 2));
            std::iter::once("openid,member\n".to_owned()).chain(rows).collect::<String>()
        };
        let (mut one, mut other) = (Kept::new(), Kept::new());
        let first = one.plan_with(&plan("c"), &csv(&rows), Some("member")).unwrap();
        // A part of the list first, then all of it in another order.
        let _ = other.plan_with(&plan("c"), &csv(&shuffled[..cut.min(shuffled.len())]), Some("member"));
        other.plan_with(&plan("c"), &csv(&shuffled), Some("member")).unwrap();
        prop_assert_eq!(intents(&mut one), intents(&mut other));
        prop_assert_eq!(first.new, first.intents);
        let again = one.plan_with(&plan("c"), &csv(&shuffled), Some("member")).unwrap();
        prop_assert_eq!((again.new, again.existing, again.intents), (0, first.rows, first.intents));
        // Each number is derived, and there is one for each row.
        let intents = intents(&mut one);
        prop_assert_eq!(intents.len(), rows.len());
        let mchid = MCHID.into();
        for key in &rows {
            let times = rows.iter().filter(|other| *other == key).count();
            for ordinal in 1..=times {
                let (key, ordinal) = (format!("key{key}"), ordinal.try_into().unwrap());
                let intent = CouponIntent { mchid: &mchid, campaign: "c", key: &key, ordinal };
                let number = OutRequestNo::derived(&PROVIDER, intent).unwrap().to_string();
                prop_assert!(intents.iter().any(|(of, _, known)| of.as_ref() == Some(&key) && *known == number));
            }
        }
    }
}

everywhere!(
    the_number_follows_from_merchant_campaign_key_and_ordinal,
    planning_says_what_it_found,
    a_longer_list_adds_what_is_new_and_keeps_what_was,
    a_key_belongs_to_one_user,
    a_key_that_is_an_openid_is_not_shown,
    a_campaign_keeps_its_stock_app_creator_and_key_column,
    a_list_with_an_error_leaves_nothing,
    the_same_list_in_any_order_is_the_same_campaign,
);
