//! Each class of differences: a campaign that has one, and others that have not.

use wechatpay_cli::ledger::{FlowFile, FlowKind, Ledger as _};
use wechatpay_core::bulk::{Store as _, Verdict};

use super::made_up::{Books, LATER, STOCK, USES, use_file};
use crate::common::{NOW, batch, began, ended, sent};

fn books_that_agree_have_no_differences() {
    assert_eq!(Books::closed().open(), [""; 0]);
}

fn what_was_never_imported_is_no_difference() {
    assert_eq!(Books::sent().open(), [""; 0], "nothing but what was sent");
    let mut heard = Books::sent();
    heard.callback("1", "t1", NOW);
    assert_eq!(heard.open(), [""; 0], "callbacks without files");
    let mut booked = Books::sent();
    booked.uses("", &USES);
    assert_eq!(booked.open(), [""; 0], "a file without callbacks");
    let mut refunded = Books::sent();
    refunded.refunds("", &[("1", "t1", "1.00", "r1", "2026-11-23 12:00:00")]);
    assert_eq!(refunded.open(), [""; 0], "refunds without the file of uses");
}

fn r1_another_number_of_coupons() {
    for (given, expected) in [(3, None), (4, Some("R1 9865000")), (2, Some("R1 9865000"))] {
        let mut books = Books::sent();
        books.stock(|stock| stock["distributed_coupons"] = given.into());
        assert_eq!(books.open(), Vec::from_iter(expected), "{given}");
    }
}

fn r1_counts_all_campaigns_of_the_stock_and_what_may_be_out() {
    let mut books = Books::sent();
    books.kept.plan("d", "openid\no8\no9\n").unwrap();
    let unknown = Verdict::Unknown { failed: false };
    let facts = [(4, began(1, NOW)), (4, sent(1, "8")), (5, began(1, NOW)), (5, ended(1, NOW, unknown))];
    books.kept.holding_of("d").record(&batch(facts)).unwrap();
    let counted = books.sent_of_stock();
    assert_eq!((counted.sent, counted.maybe), (4, 1));
    for (given, differs) in [(3, true), (4, false), (5, false), (6, true)] {
        books.stock(|stock| stock["distributed_coupons"] = given.into());
        assert_eq!(books.open().iter().any(|it| it.starts_with("R1")), differs, "{given}");
    }
}

fn r1_is_of_the_time_at_which_the_stock_was_asked_for() {
    let mut books = Books::sent();
    books.stock(|_| {});
    books.kept.plan("d", "openid\no9\n").unwrap();
    let facts = [(4, began(1, NOW)), (4, sent(1, "9"))];
    books.kept.holding_of("d").record(&batch(facts)).unwrap();
    assert_eq!(books.open(), [""; 0], "one more was sent since then");
}

/// Leaves an intent in the standing that its facts have.
fn with_unknown(began_at: u64) -> Books {
    let mut books = Books::sent();
    books.kept.plan("c", "openid\no4\n").unwrap();
    let unknown = Verdict::Unknown { failed: false };
    let facts = [(4, began(1, began_at)), (4, ended(1, began_at + 100, unknown))];
    books.kept.holding().record(&batch(facts)).unwrap();
    books
}

fn r2_a_coupon_that_may_be_out() {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    assert_eq!(with_unknown(LATER - DAY + 1000).open(), [""; 0], "the window is not over");
    let old = with_unknown(LATER - DAY - 1000).open();
    assert_eq!(old.len(), 1);
    assert!(old[0].starts_with("R2 "), "{old:?}");
    let doubtful = with_unknown(LATER - 1000);
    doubtful.kept.sql("UPDATE intent SET standing = 'doubtful', retry_at = NULL WHERE id = 4");
    let Books { kept } = doubtful;
    let open = Books { kept }.open();
    assert!(open.len() == 1 && open[0].starts_with("R2 "), "{open:?}");
}

fn r3_two_coupons_for_one_number_stop_the_campaign() {
    let mut books = Books::closed();
    books.kept.sql("INSERT INTO settlement(intent, at, fact) VALUES (2, 0, '{\"found\":\"2\"}')");
    assert_eq!(books.open(), [""; 0], "the same coupon was found");
    assert!(books.kept.ledger.campaign("c").unwrap().stop.is_none());
    books.kept.sql("INSERT INTO settlement(intent, at, fact) VALUES (2, 0, '{\"found\":\"7\"}')");
    let open = books.open();
    assert!(open.len() == 1 && open[0].starts_with("R3 "), "{open:?}");
    assert!(books.kept.ledger.campaign("c").unwrap().stop.is_some());
}

fn r4_one_coupon_in_two_rows() {
    let mut books = Books::sent();
    books.kept.plan("d", "openid\no9\n").unwrap();
    let facts = [(4, began(1, NOW)), (4, sent(1, "1"))];
    books.kept.holding_of("d").record(&batch(facts)).unwrap();
    assert_eq!(books.open(), ["R4 1"]);
}

fn u1_a_callback_that_is_not_booked() {
    let eleven = NOW + 11 * 3_600_000;
    let callback_only = |date: &str, fetched_at: u64| {
        let mut books = Books::sent();
        books.callback("2", "t2", eleven);
        let rows = [USES[0]];
        books.import(FlowKind::Use, date, &use_file(&rows), fetched_at).unwrap();
        books.open().into_iter().filter(|it| !it.starts_with("U2")).collect::<Vec<_>>()
    };
    assert_eq!(callback_only("", LATER), ["U1 2/t2"]);
    assert_eq!(callback_only("2026-11-23", LATER), ["U1 2/t2"]);
    assert_eq!(callback_only("2026-11-24", LATER), [""; 0], "the file of another day");
    let midnight = NOW + 24 * 3_600_000;
    assert_eq!(callback_only("2026-11-23", midnight + 1), [""; 0], "the file may not be complete");
    assert_eq!(callback_only("2026-11-23", midnight + 10 * 3_600_000), ["U1 2/t2"], "it is due at 10:00");
}

fn u1_on_a_day_without_any_use() {
    let mut books = Books::sent();
    books.callback("2", "t2", NOW);
    let day = Some("2026-11-23".parse().unwrap());
    let nothing = FlowFile::nothing(FlowKind::Use, STOCK.into(), day, LATER);
    books.kept.ledger.import_flow(&nothing, &mut std::iter::empty()).unwrap();
    assert_eq!(books.open(), ["U1 2/t2"]);
}

/// It may be of any use of its coupon.
fn u1_a_callback_without_the_number_of_its_payment() {
    let mut books = Books::sent();
    books.callback("1", "", NOW);
    books.callback("2", "", NOW);
    books.uses("", &USES[..1]);
    assert_eq!(books.open(), ["U1 2/"], "and no U2");
}

fn u2_uses_without_a_callback_are_information() {
    let mut books = Books::sent();
    books.callback("1", "t1", NOW);
    books.uses("", &USES);
    assert_eq!(books.open(), ["U2 9865000"]);
    let all = books.all();
    assert!(all[0].class.is_information() && all[0].text.ends_with(": 2"), "{all:?}");
}

fn u3_a_coupon_that_no_campaign_has_sent() {
    let foreign = ("9", "t9", "1.00", "2026-11-23 10:00:00");
    let mut books = Books::closed();
    books.uses("", &[USES[0], USES[1], USES[2], foreign]);
    assert!(books.open().contains(&"U3 9/t9".to_owned()));
    // The same coupon is that of another campaign.
    books.kept.plan("d", "openid\no9\n").unwrap();
    let facts = [(4, began(1, NOW)), (4, sent(1, "9"))];
    books.kept.holding_of("d").record(&batch(facts)).unwrap();
    books.stock(|stock| {
        stock["distributed_coupons"] = 4.into();
        stock["stock_use_rule"]["max_amount"] = 400.into();
    });
    assert_eq!(books.open(), [""; 0]);
}

/// The open differences when the first use is this one.
fn with_first(row: super::made_up::Row<'_>, change: impl FnOnce(&mut serde_json::Value)) -> Vec<String> {
    let mut books = Books::sent();
    books.uses("", &[row, USES[1], USES[2]]);
    books.stock(change);
    books.open()
}

fn u4_another_amount_than_the_coupon_is_worth() {
    let roomy = |stock: &mut serde_json::Value| stock["stock_use_rule"]["max_amount"] = 1000.into();
    let used = |yuan| with_first(("1", "t1", yuan, "2026-11-23 10:00:00"), roomy);
    assert_eq!(used("1.00"), [""; 0]);
    assert_eq!(used("0.99"), ["U4 1/t1"]);
    assert_eq!(used("1.01"), ["U4 1/t1"]);
    let multiuse = with_first(("1", "t1", "0.40", "2026-11-23 10:00:00"), |stock| {
        stock["business_type"] = "MULTIUSE".into();
    });
    assert_eq!(multiuse, [""; 0]);
}

fn u5_a_use_when_the_coupons_are_not_valid() {
    let used = |time| with_first(("1", "t1", "1.00", time), |_| {});
    assert_eq!(used("2026-11-30 23:59:59"), [""; 0]);
    assert_eq!(used("2026-12-01 00:00:00"), ["U5 1/t1"]);
    let begins = with_first(USES[0], |stock| {
        stock["available_begin_time"] = "2026-11-23T10:00:01+08:00".into();
    });
    assert_eq!(begins, ["U5 1/t1"]);
}

fn u6_a_use_before_the_coupon_was_sent() {
    // It was sent at 00:00:00. The clocks may differ by five minutes.
    let used = |time| with_first(("1", "t1", "1.00", time), |_| {});
    assert_eq!(used("2026-11-22 23:55:00"), [""; 0]);
    assert_eq!(used("2026-11-22 23:54:59"), ["U6 1/t1"]);
}

fn m1_a_second_use_without_a_refund_between() {
    let again = ("1", "t9", "1.00", "2026-11-24 12:00:00");
    let with = |refunds: &[(&str, &str, &str, &str, &str)]| {
        let mut books = Books::sent();
        books.uses("", &[USES[0], USES[1], USES[2], again]);
        books.refunds("", refunds);
        books.open()
    };
    assert_eq!(with(&[]), ["M1 1/t9"]);
    assert_eq!(with(&[("1", "t1", "1.00", "r1", "2026-11-24 11:00:00")]), [""; 0]);
    assert_eq!(with(&[("1", "t1", "1.00", "r1", "2026-11-24 12:00:01")]), ["M1 1/t9"], "too late");
    assert_eq!(with(&[("2", "t2", "1.00", "r1", "2026-11-24 11:00:00")]), ["M1 1/t9"], "another coupon");
}

fn m1_only_if_the_refunds_of_all_days_between_are_known() {
    let mut books = Books::sent();
    books.uses("", &[USES[0], USES[1], USES[2], ("1", "t9", "1.00", "2026-11-25 12:00:00")]);
    assert_eq!(books.open(), [""; 0], "no refunds were imported");
    let mut none_on = |date: &str| {
        let nothing = FlowFile::nothing(FlowKind::Refund, STOCK.into(), Some(date.parse().unwrap()), LATER);
        books.kept.ledger.import_flow(&nothing, &mut std::iter::empty()).unwrap();
        books.open()
    };
    assert_eq!(none_on("2026-11-23"), [""; 0]);
    assert_eq!(none_on("2026-11-25"), [""; 0]);
    assert_eq!(none_on("2026-11-24"), ["M1 1/t9"]);
}

fn m2_more_than_a_coupon_is_worth_that_can_be_used_several_times() {
    let with = |second: &str, refunds: &[(&str, &str, &str, &str, &str)]| {
        let mut books = Books::sent();
        books.uses(
            "",
            &[("1", "t1", "0.60", "2026-11-23 10:00:00"), ("1", "t4", second, "2026-11-23 12:00:00")],
        );
        books.refunds("", refunds);
        books.stock(|stock| stock["business_type"] = "MULTIUSE".into());
        books.open()
    };
    assert_eq!(with("0.40", &[]), [""; 0]);
    assert_eq!(with("0.41", &[]), ["M2 1"]);
    assert_eq!(with("0.41", &[("1", "t1", "0.01", "r1", "2026-11-23 11:00:00")]), [""; 0]);
    assert_eq!(with("0.80", &[("1", "t1", "0.01", "r1", "2026-11-23 11:00:00")]), ["M2 1"]);
}

fn a_callback_says_that_coupons_can_be_used_several_times() {
    let mut books = Books::sent();
    books.uses("", &[("1", "t1", "0.60", "2026-11-23 10:00:00")]);
    assert_eq!(books.open(), ["U4 1/t1"]);
    books.kept.sql(&format!(
        "INSERT INTO notification(id, received_at, event_type, resource, stock_id, coupon_id) VALUES \
         ('n', 0, 'COUPON.USE', '{{\"business_type\": \"MULTIUSE\"}}', '{STOCK}', '1')"
    ));
    assert_eq!(books.open(), [""; 0]);
}

fn f1_a_refund_without_its_use() {
    let refund = [("3", "t9", "1.00", "r1", "2026-11-24 12:00:00")];
    let mut books = Books::closed();
    books.refunds("", &refund);
    assert_eq!(books.open(), ["F1 3/t9"]);
    // Its use was on 2026-11-23.
    for (date, expected) in [("2026-11-23", &["F1 3/t9"][..]), ("2026-11-24", &[])] {
        let mut books = Books::sent();
        books.refunds("", &refund);
        books.import(FlowKind::Use, date, &use_file(&[]), LATER).unwrap();
        assert_eq!(books.open(), expected, "{date}");
    }
}

fn f2_more_is_refunded_than_was_used() {
    let with = |refunds: &[(&str, &str, &str, &str, &str)]| {
        let mut books = Books::closed();
        books.refunds("", refunds);
        books.open()
    };
    let first = ("1", "t1", "0.50", "r1", "2026-11-24 12:00:00");
    assert_eq!(with(&[first, ("1", "t1", "0.50", "r2", "2026-11-24 13:00:00")]), [""; 0]);
    assert_eq!(with(&[first, ("1", "t1", "0.51", "r2", "2026-11-24 13:00:00")]), [""; 0], "it is rounded");
    assert_eq!(with(&[first, ("1", "t1", "0.52", "r2", "2026-11-24 13:00:00")]), ["F2 1/t1"]);
}

fn f3_a_file_that_does_not_have_what_it_states() {
    let mut books = Books::closed();
    let wrong = use_file(&USES).replace("`3\r\n", "`4\r\n");
    let imported = books.import(FlowKind::Use, "", &wrong, LATER).unwrap();
    assert_eq!((imported.rows, imported.stated_rows), (3, Some(4)));
    let open = books.open();
    assert!(open.len() == 1 && open[0].starts_with("F3 use/") && open[0].ends_with("/rows"), "{open:?}");
}

fn f3_rows_that_cannot_be_read() {
    let mut books = Books::sent();
    let rows = [USES[0], USES[1], ("3", "t3", "1.00", "gestern")];
    let imported = books.uses("", &rows);
    assert_eq!((imported.rows, imported.unread), (3, 1));
    let open = books.open();
    assert!(open.len() == 1 && open[0].ends_with("/unread"), "{open:?}");
}

fn f3_a_day_that_is_not_the_same_in_the_file_of_the_stock() {
    let with = |date: &str, rows: &[super::made_up::Row<'_>]| {
        let mut books = Books::closed();
        books.uses(date, rows);
        books.open()
    };
    assert_eq!(with("2026-11-23", &[USES[0], USES[1]]), [""; 0]);
    assert_eq!(with("2026-11-24", &[USES[2]]), [""; 0]);
    assert_eq!(with("2026-11-23", &[USES[0]]), ["F3 use/2026-11-23"], "a row is missing");
    let other = ("3", "t8", "1.00", "2026-11-24 09:00:00");
    assert!(with("2026-11-24", &[USES[2], other]).contains(&"F3 use/2026-11-24".to_owned()), "a row more");
    let cheaper = ("3", "t3", "0.99", "2026-11-24 09:00:00");
    assert_eq!(with("2026-11-24", &[cheaper]), ["F3 use/2026-11-24"], "another amount");
}

fn f3_not_what_a_file_lacks_that_was_fetched_early() {
    let day_over = NOW + 24 * 3_600_000;
    let with = |fetched_at: u64, rows: &[super::made_up::Row<'_>]| {
        let mut books = Books::closed();
        books.import(FlowKind::Use, "2026-11-23", &use_file(rows), fetched_at).unwrap();
        books.open()
    };
    let ten = day_over + 10 * 3_600_000;
    assert_eq!(with(ten, &USES[..1]), ["F3 use/2026-11-23"]);
    assert_eq!(with(ten - 1, &USES[..1]), [""; 0]);
    // But what it has and the file of the stock has not.
    let more = [USES[0], ("3", "t8", "1.00", "2026-11-23 09:00:00")];
    assert!(with(ten - 1, &more).contains(&"F3 use/2026-11-23".to_owned()));
}

fn b1_more_is_booked_than_the_budget() {
    let with = |fen: i64| with_first(USES[0], |stock| stock["stock_use_rule"]["max_amount"] = fen.into());
    assert_eq!(with(300), [""; 0]);
    assert_eq!(with(299), ["B1 9865000"]);
    // A use that was refunded, and the next one of the coupon, take the budget once.
    let mut books = Books::closed();
    books.refunds("", &[("1", "t1", "1.00", "r1", "2026-11-24 11:00:00")]);
    books.uses("", &[USES[0], USES[1], USES[2], ("1", "t9", "1.00", "2026-11-24 12:00:00")]);
    assert!(!books.open().iter().any(|it| it.starts_with("B1")));
}

fn b2_prefunded_money_that_has_to_come_back() {
    let with = |date: &str, rows: &[super::made_up::Row<'_>], prefunded: bool| {
        let mut books = Books::sent();
        books.uses(date, rows);
        books.stock(|stock| stock["no_cash"] = (!prefunded).into());
        books.open()
    };
    assert_eq!(with("", &USES[..2], true), ["B2 9865000"]);
    assert_eq!(with("", &USES, true), [""; 0], "all of it was used");
    assert_eq!(with("", &USES[..2], false), [""; 0], "it is not prefunded");
    assert_eq!(with("2026-11-23", &USES[..2], true), [""; 0], "the stock has not ended");
}

fn a_use_in_several_files_counts_once() {
    let mut books = Books::closed();
    books.uses("2026-11-23", &USES[..2]);
    books.uses("2026-11-24", &USES[2..]);
    assert_eq!(books.open(), [""; 0]);
}

everywhere!(
    books_that_agree_have_no_differences,
    what_was_never_imported_is_no_difference,
    r1_another_number_of_coupons,
    r1_counts_all_campaigns_of_the_stock_and_what_may_be_out,
    r1_is_of_the_time_at_which_the_stock_was_asked_for,
    r2_a_coupon_that_may_be_out,
    r3_two_coupons_for_one_number_stop_the_campaign,
    r4_one_coupon_in_two_rows,
    u1_a_callback_that_is_not_booked,
    u1_on_a_day_without_any_use,
    u1_a_callback_without_the_number_of_its_payment,
    u2_uses_without_a_callback_are_information,
    u3_a_coupon_that_no_campaign_has_sent,
    u4_another_amount_than_the_coupon_is_worth,
    u5_a_use_when_the_coupons_are_not_valid,
    u6_a_use_before_the_coupon_was_sent,
    m1_a_second_use_without_a_refund_between,
    m1_only_if_the_refunds_of_all_days_between_are_known,
    m2_more_than_a_coupon_is_worth_that_can_be_used_several_times,
    a_callback_says_that_coupons_can_be_used_several_times,
    f1_a_refund_without_its_use,
    f2_more_is_refunded_than_was_used,
    f3_a_file_that_does_not_have_what_it_states,
    f3_rows_that_cannot_be_read,
    f3_a_day_that_is_not_the_same_in_the_file_of_the_stock,
    f3_not_what_a_file_lacks_that_was_fetched_early,
    b1_more_is_booked_than_the_budget,
    b2_prefunded_money_that_has_to_come_back,
    a_use_in_several_files_counts_once,
);
