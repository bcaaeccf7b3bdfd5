//! Importing flow files.

use wechatpay_cli::ledger::{FindingKind, FlowFile, FlowKind, Ledger as _, LedgerError};
use wechatpay_core::cashcoupons::FlowRows;

use super::made_up::{Books, LATER, STOCK, USES, refund_file, use_file};

fn the_same_file_again_adds_nothing() {
    let mut books = Books::sent();
    let first = books.uses("", &USES);
    assert_eq!((first.new, first.rows, first.total.get()), (true, 3, 300));
    let before = books.kept.dump();
    let again = books.uses("", &USES);
    assert_eq!((again.new, again.rows, again.total.get()), (false, 3, 300));
    assert_eq!(books.kept.dump(), before);
}

fn a_row_that_cannot_be_read_is_kept_as_it_is() {
    let mut books = Books::sent();
    let file = use_file(&[USES[0], ("2", "t2", "a lot", "2026-11-23 11:00:00")]);
    books.import(FlowKind::Use, "", &file, LATER).unwrap();
    let dump = books.kept.dump();
    assert!(dump.contains("must be an amount in yuan with two decimals"), "{dump}");
    assert!(dump.contains("a lot"), "{dump}");
    // A character that PostgreSQL does not have.
    let mut books = Books::sent();
    let imported = books.uses("", &[("1\0", "t\0", "1.00", "2026-11-23 10:00:00")]);
    books.refunds("", &[("1\0", "t\0", "1.00", "r\0", "2026-11-23 12:00:00")]);
    assert_eq!((imported.unread, books.kept.ledger.check().unwrap().is_sound()), (0, true));
}

/// What a column of a refund has and cannot be read is not guessed: neither the whole discount, nor yuan where it may be fen.
fn a_refund_that_cannot_be_read_is_kept_as_it_is() {
    let time = "2026-11-24 12:00:00";
    for (yuan, time) in [
        ("50", time),
        ("0.505", time),
        ("0.5", time),
        ("¥0.50", time),
        ("0.50", "2026/11/24 12:00:00"),
        ("0.50", "2026-11-24T12:00:00"),
        ("0.50", "2026-11-24"),
    ] {
        let mut books = Books::closed();
        let imported = books.refunds("2026-11-24", &[("1", "t1", yuan, "r1", time)]);
        let known = if time.contains(' ') && yuan != "0.50" { 0 } else { 50 };
        assert_eq!((imported.rows, imported.unread, imported.total.get()), (1, 1, known), "{yuan} {time}");
        let dump = books.kept.dump();
        let problem = if known == 0 {
            "退款优惠金额（元） must be an amount"
        } else {
            "退款时间 must be a time"
        };
        assert!(dump.contains(problem) && dump.contains(yuan) && dump.contains(time), "{dump}");
        assert!(books.open().iter().any(|it| it.starts_with("F3 refund/")), "{yuan} {time}");
    }
    // A row with wrong quotes before the amount.
    let file = refund_file(&[("1", "t1", "0.50", "r1", time)]).replace("`r1", "\"r1");
    let mut books = Books::closed();
    let imported = books.import(FlowKind::Refund, "2026-11-24", &file, LATER).unwrap();
    assert_eq!((imported.unread, imported.total.get()), (1, 0));
    // Without a column for it, all of the discount was refunded.
    let file = "批次id,优惠id,优惠金额（元）,支付单号,退款单号\n`9865000,`1,`1.00,`t1,`r1\n总条数\n`1\n";
    let imported = Books::closed().import(FlowKind::Refund, "2026-11-24", file, LATER).unwrap();
    assert_eq!((imported.unread, imported.total.get()), (0, 100));
}

fn a_file_that_is_no_whole_flow_file_is_refused_and_nothing_of_it_kept() {
    let mut books = Books::sent();
    let before = books.kept.dump();
    let whole = use_file(&USES);
    let truncated = whole.split("总条数").next().unwrap();
    for (file, expected) in [
        (truncated, "truncated"),
        ("<html></html>", "HTML"),
        ("", "empty"),
        (&whole.replace("9865000", "9865001"), "row 1 of the flow file is of stock 9865001, not of 9865000"),
        (&refund_file(&[("1", "t1", "1.00", "r1", "2026-11-23 12:00:00")]), "columns of refunds"),
    ] {
        let error = books.import(FlowKind::Use, "", file, LATER).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(books.kept.dump(), before, "{expected}");
    }
}

/// The sums of the ledger must not overflow.
fn an_amount_beyond_all_measure_is_no_amount() {
    let mut books = Books::closed();
    let most = "92233720368547758.07";
    let rows = [("1", "t1", most, USES[0].3), ("2", "t2", most, USES[1].3), USES[2]];
    let file = use_file(&rows);
    let imported = books.import(FlowKind::Use, "2026-11-23", &file, LATER).unwrap();
    assert_eq!((imported.rows, imported.unread, imported.total.get()), (3, 2, 100));
    let again = books.import(FlowKind::Use, "2026-11-23", &file, LATER).unwrap();
    assert_eq!((again.unread, again.total.get()), (2, 100));
    let refund = |number| ("1", "t1", most, number, "2026-11-24 12:00:00");
    assert_eq!(books.refunds("2026-11-24", &[refund("r1"), refund("r2")]).unread, 2);
    assert!(books.open().iter().all(|it| it.starts_with("F3 ")), "{:?}", books.open());
    books.kept.ledger.report("c", LATER).unwrap();
}

/// Databases have no index of longer ones.
fn a_row_with_an_endless_id_takes_no_other_with_it() {
    let endless = "9".repeat(100_000);
    let mut books = Books::sent();
    let rows =
        [USES[0], (endless.as_str(), "t2", "1.00", USES[1].3), ("3", endless.as_str(), "1.00", USES[2].3)];
    let imported = books.uses("", &rows);
    assert_eq!((imported.rows, imported.unread), (3, 2));
    let refund = ("1", "t1", "1.00", endless.as_str(), "2026-11-24 12:00:00");
    assert_eq!(books.refunds("", &[refund]).unread, 0);
    let open = books.open();
    assert!(open.len() == 1 && open[0].ends_with("/unread"), "{open:?}");
}

/// Whoever looks at a file before it is imported learns the same.
fn reading_a_file_says_what_importing_it_would() {
    let read = |kind, file: &str| {
        let identity = FlowFile::new(kind, STOCK.into(), None, "", LATER);
        identity.read(FlowRows::new(file.as_bytes(), None))
    };
    let without_ids = use_file(&[USES[0], ("", "t2", "1.00", USES[1].3)]);
    let wrong_total = use_file(&USES).replace("`3\r\n", "`4\r\n");
    let refunds = refund_file(&[("1", "t1", "0.40", "r1", "2026-11-23 12:00:00")]);
    for (kind, file) in [
        (FlowKind::Use, use_file(&USES)),
        (FlowKind::Use, without_ids),
        (FlowKind::Use, wrong_total),
        (FlowKind::Refund, refunds.clone()),
    ] {
        let imported = Books::sent().import(kind, "", &file, LATER).unwrap();
        let read = read(kind, &file).unwrap();
        assert!(imported.new && !read.new);
        assert_eq!(
            (read.rows, read.unread, read.stated_rows, read.total),
            (imported.rows, imported.unread, imported.stated_rows, imported.total)
        );
    }
    let other = read(FlowKind::Use, &use_file(&USES).replace("9865000", "9865001")).unwrap_err();
    assert!(matches!(other, LedgerError::OtherStock { row: 1, .. }), "{other}");
    assert!(matches!(read(FlowKind::Use, &refunds).unwrap_err(), LedgerError::IsRefunds));
    assert!(matches!(read(FlowKind::Use, "").unwrap_err(), LedgerError::Flow(_)));
}

fn one_file_is_not_imported_as_two() {
    let mut books = Books::sent();
    books.uses("2026-11-23", &USES);
    for (kind, date) in [(FlowKind::Use, ""), (FlowKind::Use, "2026-11-24"), (FlowKind::Refund, "2026-11-23")]
    {
        let error = books.import(kind, date, &use_file(&USES), LATER).unwrap_err();
        assert!(matches!(error, LedgerError::OtherFlow { .. }), "{error}");
        assert!(error.to_string().contains("use file of stock 9865000, of 2026-11-23"), "{error}");
    }
    // Files without rows are all the same.
    books.import(FlowKind::Use, "2026-11-24", &use_file(&[]), LATER).unwrap();
    books.import(FlowKind::Use, "2026-11-25", &use_file(&[]), LATER).unwrap();
}

/// Of the whole stock, WeChat Pay says the same if there was nothing and if the file is not there yet.
fn nothing_of_the_whole_stock_is_not_believed_against_what_is_known() {
    let nothing = |kind| FlowFile::nothing(kind, STOCK.into(), None, LATER);
    let none = &mut std::iter::empty();
    let mut books = Books::sent();
    for kind in [FlowKind::Use, FlowKind::Refund] {
        assert!(books.kept.ledger.import_flow(&nothing(kind), none).unwrap().new);
    }
    let mut heard = Books::sent();
    heard.callback("1", "t1", LATER);
    let mut booked = Books::sent();
    booked.uses("2026-11-23", &USES[..1]);
    for books in [&mut heard, &mut booked] {
        let before = books.kept.dump();
        let error = books.kept.ledger.import_flow(&nothing(FlowKind::Use), none).unwrap_err();
        assert!(matches!(error, LedgerError::NotYet { .. }), "{error}");
        assert_eq!(books.kept.dump(), before);
        books.kept.ledger.import_flow(&nothing(FlowKind::Refund), none).unwrap();
    }
    booked.refunds("2026-11-24", &[("1", "t1", "1.00", "r1", "2026-11-24 12:00:00")]);
    let error = booked.kept.ledger.import_flow(&nothing(FlowKind::Refund), none).unwrap_err();
    assert!(matches!(error, LedgerError::NotYet { .. }), "{error}");
}

fn damage_of_what_was_imported_is_found() {
    for (sql, expected) in [
        ("DELETE FROM flow_row WHERE coupon_id = '2'", &[FindingKind::Flow, FindingKind::Flow][..]),
        ("DELETE FROM flow_file WHERE kind = 'use'", &[FindingKind::Flow]),
        ("DELETE FROM use_seen WHERE source = 'flow' AND coupon_id = '1'", &[FindingKind::Flow]),
        (
            "UPDATE use_seen SET coupon_id = '7' WHERE source = 'flow' AND coupon_id = '1'",
            &[FindingKind::Flow, FindingKind::Flow],
        ),
        ("DELETE FROM refund_seen", &[FindingKind::Flow]),
        ("UPDATE stock_snapshot SET stock = '{'", &[FindingKind::Unreadable]),
        (
            "INSERT INTO difference(campaign, class, key, text, first_seen, last_seen) VALUES (1, 'X', '', '', 0, 0)",
            &[FindingKind::Unreadable],
        ),
    ] {
        let mut books = Books::closed();
        books.refunds("", &[("1", "t1", "1.00", "r1", "2026-11-24 12:00:00")]);
        assert!(books.kept.ledger.check().unwrap().is_sound());
        assert_eq!(books.kept.sql(sql), 1, "{sql}");
        let checked = books.kept.ledger.check().unwrap();
        let found: Vec<_> = checked.findings.iter().map(|it| it.kind).collect();
        assert_eq!(found, expected, "{sql}: {checked:?}");
    }
}

everywhere!(
    the_same_file_again_adds_nothing,
    a_row_that_cannot_be_read_is_kept_as_it_is,
    a_refund_that_cannot_be_read_is_kept_as_it_is,
    a_file_that_is_no_whole_flow_file_is_refused_and_nothing_of_it_kept,
    an_amount_beyond_all_measure_is_no_amount,
    a_row_with_an_endless_id_takes_no_other_with_it,
    reading_a_file_says_what_importing_it_would,
    one_file_is_not_imported_as_two,
    nothing_of_the_whole_stock_is_not_believed_against_what_is_known,
    damage_of_what_was_imported_is_found,
);
