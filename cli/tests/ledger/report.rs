//! What a report shows of a campaign.

use wechatpay_cli::ledger::{Age, Coupons, Delay, Ledger as _, LedgerError, Report};
use wechatpay_core::bulk::{Refusal, Store as _, Verdict};
use wechatpay_core::types::Fen;

use super::common::{Kept, NOW, batch, began, ended, pass, plan, sent, with_details};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Six users, in their order: three coupons sent in two minutes, one refused, one that may be out after a 429, one not
/// tried.
fn campaign() -> Kept {
    let mut kept = Kept::new();
    let list = "openid\no1\no2\no3\no4\no5\no6\n";
    let mut of_one_yuan = plan("c");
    of_one_yuan.face_value = Some(Fen::new(100));
    kept.plan_with(&of_one_yuan, list, None).unwrap();
    let mut store = kept.store();
    let ids = pass(&mut store, 5);
    let start = |at: usize, time| (ids[at], began(1, time));
    store
        .record(&batch([
            start(0, NOW),
            start(1, NOW + 1),
            start(2, NOW + 3 * MINUTE),
            start(3, NOW),
            start(4, NOW),
        ]))
        .unwrap();
    store.record(&batch([(ids[0], sent(1, "c1")), (ids[1], sent(1, "c2"))])).unwrap();
    let late = ended(1, NOW + 3 * MINUTE + 5, Verdict::Sent("c3".to_owned()));
    store.record(&batch([(ids[2], late)])).unwrap();
    let refused = batch([(ids[3], ended(1, NOW + 9, Verdict::Refused(Refusal::Limit)))]);
    store.record(&with_details(refused, "RULE_LIMIT", "x")).unwrap();
    store.record(&batch([(ids[4], ended(1, NOW + 9, Verdict::RateLimited))])).unwrap();
    let again = [began(2, NOW + MINUTE), ended(2, NOW + MINUTE + 9, Verdict::Unknown { failed: false })];
    store.record(&batch(again.map(|fact| (ids[4], fact)))).unwrap();
    drop(store);
    kept
}

fn at(minute: u64, coupons: u64) -> (Option<u64>, u64) {
    (Some(NOW + minute * MINUTE), coupons)
}

fn pairs(coupons: &[Coupons]) -> Vec<(Option<u64>, u64)> {
    coupons.iter().map(|minute| (minute.at, minute.coupons)).collect()
}

fn report(kept: &mut Kept) -> Report {
    kept.ledger.report("c", NOW + 40 * DAY).unwrap()
}

fn what_was_sent_is_counted_by_minute() {
    let mut kept = campaign();
    let report = report(&mut kept);
    let counts = report.counts;
    assert_eq!((counts.sent, counts.refused, counts.retry, counts.planned), (3, 1, 1, 1));
    assert_eq!(report.may_be_out, 1);
    assert_eq!(pairs(&report.sent), [at(0, 2), at(3, 1)]);
    let attempts: Vec<_> =
        report.attempts.iter().map(|it| (it.at, it.attempts, it.sent, it.rate_limited)).collect();
    let minute = |number: u64| NOW + number * MINUTE;
    assert_eq!(attempts, [(minute(0), 4, 2, 1), (minute(1), 1, 0, 0), (minute(3), 1, 1, 0)]);
    assert_eq!(report.refusals.len(), 1);
    assert_eq!(report.refusals[0].code.as_deref(), Some("RULE_LIMIT"));
    // Nothing else has happened.
    assert_eq!((report.used.len(), report.booked.len(), report.differences.len()), (0, 0, 0));
    assert!(report.delays.is_empty() && report.stock.is_none());
    assert_eq!(report.sources, Default::default());
}

fn a_coupon_counts_once() {
    let mut kept = campaign();
    let used = |coupon: &str, transaction: &str, source: &str, at: String, fen: i64| {
        format!(
            "INSERT INTO use_seen(coupon_id, transaction_id, source, stock_id, at, fen, received_at) \
             VALUES ('{coupon}', '{transaction}', '{source}', '9865000', {at}, {fen}, {})",
            NOW + 5 * HOUR
        )
    };
    // c1 twice, by callback and flow; c2 without a time of its own; a coupon of nobody here.
    let two = (NOW + 2 * HOUR).to_string();
    kept.sql(&used("c1", "t1", "callback", two.clone(), 100));
    kept.sql(&used("c1", "t1", "flow", two.clone(), 100));
    kept.sql(&used("c1", "t2", "callback", (NOW + 3 * DAY).to_string(), 100));
    kept.sql(&used("c1", "t2", "flow", two.clone(), 60));
    kept.sql(&used("c2", "t3", "callback", "NULL".to_owned(), 100));
    kept.sql(&used("other", "t4", "callback", NOW.to_string(), 100));
    kept.sql(&used("other", "t4", "flow", two.clone(), 5000));
    kept.sql(&format!(
        "INSERT INTO refund_seen(coupon_id, transaction_id, refund_id, stock_id, at, fen, received_at) \
         VALUES ('c1', 't2', 'r', '9865000', {two}, 60, {NOW})"
    ));
    let report = report(&mut kept);
    assert_eq!(pairs(&report.used), [at(120, 1), at(300, 1)]);
    let sums = |rows: &[wechatpay_cli::ledger::Booked]| -> Vec<_> {
        rows.iter().map(|row| (row.at, row.rows, row.fen.get())).collect()
    };
    assert_eq!(sums(&report.booked), [(Some(NOW + 2 * HOUR), 2, 160)]);
    assert_eq!(sums(&report.refunded), [(Some(NOW + 2 * HOUR), 1, 60)]);
    assert_eq!(report.booked_coupons, 1);
    let delays: Vec<_> = report.delays.iter().map(|delay| (delay.within, delay.coupons)).collect();
    assert_eq!(delays, [(Delay::SixHours, 2)]);
}

fn a_use_before_the_coupon_was_sent_stands_apart() {
    let mut kept = campaign();
    for (coupon, time) in [("c1", NOW - HOUR), ("c2", NOW), ("c3", NOW + 31 * DAY)] {
        kept.sql(&format!(
            "INSERT INTO use_seen(coupon_id, transaction_id, source, at, received_at) \
             VALUES ('{coupon}', 't', 'callback', {time}, {time})"
        ));
    }
    // c2 was used in the second in which it was sent: the time of a use has no milliseconds.
    let delays: Vec<_> = report(&mut kept).delays.iter().map(|delay| (delay.within, delay.coupons)).collect();
    assert_eq!(delays, [(Delay::Before, 1), (Delay::Hour, 1), (Delay::Longer, 1)]);
}

fn open_differences_have_an_age_and_closed_ones_none() {
    let mut kept = campaign();
    let now = NOW + 40 * DAY;
    for (class, key, age, closed) in [
        ("U1", "a", HOUR, "NULL"),
        ("U1", "b", 2 * HOUR, "NULL"),
        ("U1", "c", 8 * DAY, "NULL"),
        ("B1", "d", 39 * DAY, "NULL"),
        ("B1", "e", 39 * DAY, "1"),
    ] {
        kept.sql(&format!(
            "INSERT INTO difference(campaign, class, key, text, first_seen, last_seen, closed_at) \
             VALUES (1, '{class}', '{key}', '', {}, {now}, {closed})",
            now - age
        ));
    }
    let report = kept.ledger.report("c", now).unwrap();
    let open: Vec<_> =
        report.differences.iter().map(|it| (it.class.as_str(), it.age, it.count, it.oldest)).collect();
    assert_eq!(
        open,
        [
            ("B1", Age::Older, 1, now - 39 * DAY),
            ("U1", Age::Day, 2, now - 2 * HOUR),
            ("U1", Age::Month, 1, now - 8 * DAY)
        ]
    );
    assert_eq!(report.closed_differences, 1);
}

fn the_last_snapshot_of_the_stock_counts() {
    let mut kept = campaign();
    for (stock, at, most) in [("9865000", NOW, 100), ("9865000", NOW + 1, 200), ("1", NOW + 2, 300)] {
        let json = format!(
            r#"{{"stock_id": "{stock}", "stock_name": "x", "status": "running", "stock_use_rule": {{"max_amount": {most}}}}}"#
        );
        kept.sql(&format!(
            "INSERT INTO stock_snapshot(stock_id, at, stock, least, most) VALUES ('{stock}', {at}, '{json}', 0, 0)"
        ));
    }
    let seen = report(&mut kept).stock.unwrap();
    let budget = seen.stock.stock_use_rule.unwrap().max_amount;
    assert_eq!((seen.at, budget), (NOW + 1, Some(Fen::new(200))));
}

fn an_unknown_campaign_has_no_report() {
    let found = campaign().ledger.report("d", NOW);
    assert!(matches!(found, Err(LedgerError::NoCampaign(name)) if name == "d"));
}

everywhere!(
    what_was_sent_is_counted_by_minute,
    a_coupon_counts_once,
    a_use_before_the_coupon_was_sent_stands_apart,
    open_differences_have_an_age_and_closed_ones_none,
    the_last_snapshot_of_the_stock_counts,
    an_unknown_campaign_has_no_report,
);
