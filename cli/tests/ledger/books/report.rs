//! A report says what the books say.

use wechatpay_cli::ledger::{Booked, DifferenceState, FlowKind, Ledger as _, Report};

use super::made_up::{Books, LATER, USES, refund_file, use_file};

fn report(books: &mut Books) -> Report {
    books.kept.ledger.report("c", LATER).unwrap()
}

/// How many rows, and what they add up to.
fn sums(rows: &[Booked]) -> (u64, i64) {
    rows.iter().fold((0, 0), |(count, fen), row| (count + row.rows, fen + row.fen.get()))
}

fn a_use_counts_once_in_whatever_files_it_is_and_whatever_they_say() {
    let mut books = Books::sent();
    books.uses("", &USES);
    books.uses("2026-11-23", &USES[..2]);
    assert_eq!(sums(&report(&mut books).booked), (3, 300));
    // The file of the day was made again, with another time and another amount.
    let again = [("1", "t1", "0.90", "2026-11-23 10:00:01"), USES[1]];
    books.import(FlowKind::Use, "2026-11-23", &use_file(&again), LATER + 1).unwrap();
    let report = report(&mut books);
    assert_eq!((sums(&report.booked), report.booked_coupons), ((3, 300), 3));
}

fn each_refund_counts_also_if_two_are_of_one_moment() {
    let mut books = Books::sent();
    books.uses("", &USES);
    let refund = |number| ("1", "t1", "0.50", number, "2026-11-24 12:00:00");
    let file = refund_file(&[refund("r1"), refund("r2")]);
    books.import(FlowKind::Refund, "", &file, LATER).unwrap();
    books.import(FlowKind::Refund, "2026-11-24", &refund_file(&[refund("r1")]), LATER).unwrap();
    assert_eq!(sums(&report(&mut books).refunded), (2, 100));
}

fn a_difference_that_is_gone_is_neither_open_nor_closed() {
    let mut books = Books::sent();
    books.stock(|stock| stock["distributed_coupons"] = 4.into());
    assert_eq!(books.open(), ["R1 9865000"]);
    let found = report(&mut books);
    assert_eq!(found.differences.iter().map(|it| it.count).sum::<u64>(), 1);
    books.stock(|_| {});
    assert_eq!(books.open(), [""; 0]);
    assert_eq!(books.all()[0].state, DifferenceState::Gone);
    let gone = report(&mut books);
    assert!(gone.differences.is_empty(), "{:?}", gone.differences);
    assert_eq!(gone.closed_differences, 0);
    // Nor is one that was closed before.
    books.kept.sql("UPDATE difference SET closed_at = 1");
    assert_eq!(report(&mut books).closed_differences, 0);
}

everywhere!(
    a_use_counts_once_in_whatever_files_it_is_and_whatever_they_say,
    each_refund_counts_also_if_two_are_of_one_moment,
    a_difference_that_is_gone_is_neither_open_nor_closed,
);
