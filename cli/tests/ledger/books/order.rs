//! In whatever order files and callbacks arrive, the books are the same.

use proptest::prelude::*;
use wechatpay_cli::ledger::FlowKind;

use super::made_up::{Books, LATER, Row, USES, refund_file, use_file};
use crate::common::NOW;

const CHANGED: [Row<'static>; 2] =
    [("1", "t1", "0.90", "2026-11-23 10:00:01"), ("9", "t9", "1.00", "2026-11-23 12:00:00")];

/// What arrives.
fn arrive(books: &mut Books, what: usize) {
    let refunds = [
        ("1", "t1", "0.60", "r1", "2026-11-24 12:00:00"),
        ("1", "t1", "0.60", "r2", "2026-11-24 12:00:00"),
        ("4", "t4", "1.00", "r3", "2026-11-24 13:00:00"),
    ];
    let file = |kind, date, file: String| (kind, date, file);
    let (kind, date, text) = match what {
        0 => file(FlowKind::Use, "", use_file(&USES)),
        1 => file(FlowKind::Use, "2026-11-23", use_file(&USES[..2])),
        2 => file(FlowKind::Use, "2026-11-23", use_file(&CHANGED)),
        3 => file(FlowKind::Use, "2026-11-24", use_file(&[])),
        4 => file(FlowKind::Refund, "", refund_file(&refunds)),
        5 => file(FlowKind::Refund, "2026-11-24", refund_file(&refunds[..2])),
        6 => return books.callback("3", "t8", NOW + 1000),
        _ => return books.stock(|stock| stock["distributed_coupons"] = 5.into()),
    };
    books.import(kind, date, &text, LATER + what as u64).unwrap();
}

/// What does not agree, without ids.
fn differences(books: &mut Books) -> Vec<String> {
    books.open();
    let mut all: Vec<_> =
        books.all().iter().map(|it| format!("{} {} {}", it.class, it.key, it.text)).collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    fn the_order_of_what_arrives_does_not_matter(
        order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
        again in 0..6_usize,
    ) {
        let mut expected = Books::sent();
        (0..8).for_each(|what| arrive(&mut expected, what));
        let expected = differences(&mut expected);
        prop_assert!(expected.len() > 5, "{:?}", expected);
        let mut books = Books::sent();
        for what in order.into_iter().chain([again]) {
            arrive(&mut books, what);
        }
        prop_assert_eq!(differences(&mut books), expected);
    }
}

everywhere!(the_order_of_what_arrives_does_not_matter);
