//! Leases and facts: each intent is handed out once with all that is known, and facts count in any order.

use proptest::prelude::*;
use wechatpay_cli::ledger::{Ledger as _, LedgerError, Threaded};
use wechatpay_core::Operation as _;
use wechatpay_core::bulk::{AsyncStore as _, Batch, Decision, Fact, Health, History, Order, Policy, Refusal};
use wechatpay_core::bulk::{Standing, Stop, Store as _, Verdict};
use wechatpay_core::error::StopReason;

use super::common::{Kept, NOW, batch, began, ended, pass, sent, standings};

fn each_open_intent_is_handed_out_once_in_a_pass() {
    let kept = Kept::with_users(7);
    assert_eq!(pass(&mut kept.store(), 3), [1, 2, 3, 4, 5, 6, 7]);
    let mut store = kept.store();
    let lease = store.lease(2).unwrap();
    assert_eq!((lease.intents.len(), lease.more, lease.order), (2, true, Order::Go));
    assert!(store.lease(0).unwrap().intents.is_empty());
    assert_eq!(store.lease(100).unwrap().intents.len(), 5);
    assert!(store.lease(100).unwrap().intents.is_empty());
}

fn what_is_handed_out_is_the_planned_request_with_its_facts() {
    let kept = Kept::with_users(1);
    let mut store = kept.holding();
    let facts = [began(1, NOW), ended(1, NOW + 5, Verdict::Unknown { failed: true }), began(2, NOW + 9)];
    store.record(&batch(facts.clone().map(|fact| (1, fact)))).unwrap();
    let mut known = History::default();
    facts.into_iter().for_each(|fact| known.add(fact));
    let lease = kept.store().lease(10).unwrap();
    let [intent] = lease.intents.as_slice() else { panic!() };
    assert_eq!(intent.history, known);
    let parts = intent.operation.parts().unwrap();
    assert_eq!(parts.target(), "/v3/marketing/favor/users/o1/coupons");
    // printf '14:out_request_no,10:1900007291,1:c,2:o1,1:1,' | sha256sum | cut -c 1-40
    let number = "a3f345b503471c8c60759120440979d25e6926c8";
    assert_eq!(intent.operation.out_request_no.as_str(), number);
    assert_eq!(intent.operation.stock_id.as_str(), "9865000");
}

fn final_intents_are_not_handed_out_again() {
    let mut kept = Kept::with_users(5);
    let refusal = Verdict::Refused(Refusal::User);
    let facts = [
        (1, began(1, NOW)),
        (1, sent(1, "9867041")),
        (2, began(1, NOW)),
        (2, ended(1, NOW, refusal.clone())),
        (3, began(1, NOW)),
        (3, ended(1, NOW, Verdict::NotSent)),
        (4, Fact::Decided { at: NOW, decision: Decision::Cancel }),
    ];
    kept.holding().record(&batch(facts)).unwrap();
    let expected = [
        Standing::Sent("9867041".into()),
        Standing::Refused,
        Standing::Retry(NOW + 1000),
        Standing::Cancelled,
        Standing::Planned,
    ];
    assert_eq!(standings(&mut kept.ledger), expected);
    assert_eq!(pass(&mut kept.store(), 10), [3, 5]);
    let counts = kept.ledger.counts("c").unwrap();
    assert_eq!((counts.sent, counts.refused, counts.retry, counts.cancelled), (1, 1, 1, 1));
    assert_eq!((counts.planned, counts.open(), counts.total()), (1, 2, 5));
}

fn a_late_success_of_an_older_process_beats_what_a_newer_one_knows() {
    let mut kept = Kept::with_users(1);
    let mut older = kept.holding();
    older.record(&batch([(1, began(1, NOW))])).unwrap();
    let mut newer = kept.holding();
    newer.record(&batch([(1, ended(1, NOW + 50, Verdict::Lost)), (1, began(2, NOW + 60))])).unwrap();
    older.record(&batch([(1, sent(1, "9867041"))])).unwrap();
    assert_eq!(standings(&mut kept.ledger), [Standing::Sent("9867041".into())]);
    // The newer process knows nothing of it.
    let facts = [(1, began(2, NOW + 60)), (1, ended(2, NOW + 70, Verdict::Refused(Refusal::Limit)))];
    newer.record(&batch(facts)).unwrap();
    assert_eq!(standings(&mut kept.ledger), [Standing::Sent("9867041".into())]);
    assert!(pass(&mut kept.store(), 10).is_empty());
    assert!(kept.ledger.check().unwrap().is_sound());
}

/// In a file: see `postgres` for lanes that were taken over.
#[test]
fn a_sender_whose_campaign_was_taken_over_begins_nothing_more() {
    let mut kept = Kept::with_users(2);
    let mut older = kept.holding();
    older.record(&batch([(1, began(1, NOW))])).unwrap();
    let mut newer = kept.holding();
    newer.record(&batch([(2, began(1, NOW + 1))])).unwrap();
    let refused = older.record(&batch([(2, began(1, NOW + 2))])).unwrap_err();
    assert!(matches!(refused, LedgerError::TakenOver), "{refused}");
    // Its last batch: what it had begun before has ended, and what it could not begin is withdrawn. The attempt of the
    // newer one has the same number, and is not withdrawn.
    let facts = [(2, began(1, NOW + 2)), (1, sent(1, "9867041")), (2, ended(1, NOW + 3, Verdict::Withdrawn))];
    older.record(&batch(facts)).unwrap();
    assert_eq!(standings(&mut kept.ledger), [Standing::Sent("9867041".into()), Standing::Sending]);
}

fn a_second_coupon_for_one_number_stops_the_campaign() {
    let mut kept = Kept::with_users(2);
    let mut store = kept.holding();
    let attempts = [(1, began(1, NOW)), (1, began(2, NOW)), (1, began(3, NOW)), (1, sent(1, "1"))];
    store.record(&batch(attempts)).unwrap();
    assert_eq!(store.record(&batch([(1, sent(2, "1"))])).unwrap(), Order::Go.into());
    assert_eq!(store.record(&batch([(1, sent(3, "2"))])).unwrap(), Order::Pause.into());
    let why = kept.ledger.campaign("c").unwrap().stop.unwrap().why;
    assert!(why.contains("1 and 2"), "{why}");
}

fn a_pause_or_a_stop_holds_the_campaign_until_it_is_resumed() {
    let mut kept = Kept::with_users(3);
    let mut store = kept.holding();
    kept.ledger.pause("c").unwrap();
    let lease = store.lease(10).unwrap();
    assert_eq!((lease.intents.len(), lease.order), (0, Order::Pause));
    // Results are kept all the same.
    assert_eq!(store.record(&batch([(1, began(1, NOW)), (1, sent(1, "9"))])).unwrap(), Order::Pause.into());
    kept.ledger.resume("c").unwrap();
    assert_eq!(store.lease(0).unwrap().order, Order::Go);

    let health: Health = serde_json::from_str(r#"{"successes":7,"refused":20}"#).unwrap();
    let mut stopping = Batch::default();
    stopping.stop = Some(Stop { reason: StopReason::Budget, why: "nothing is left".into() });
    stopping.health = Some(health.clone());
    assert_eq!(store.record(&stopping).unwrap(), Order::Pause.into());
    // The first reason stays.
    stopping.stop = Some(Stop { reason: StopReason::Stock, why: "another".into() });
    store.record(&stopping).unwrap();
    let campaign = kept.ledger.campaign("c").unwrap();
    assert!(campaign.is_held() && !campaign.paused && campaign.stopped_at.is_some());
    assert_eq!((campaign.stop.unwrap().why.as_str(), campaign.health), ("nothing is left", health.clone()));
    kept.ledger.resume("c").unwrap();
    let campaign = kept.ledger.campaign("c").unwrap();
    assert_eq!((campaign.is_held(), campaign.health), (false, health.resumed()));
    assert_eq!(pass(&mut kept.store(), 10), [2, 3]);
}

fn an_intent_that_was_changed_by_hand_is_never_handed_out() {
    for change in [
        "UPDATE intent SET openid = 'oX' WHERE id = 2",
        "UPDATE intent SET out_request_no = 'x' WHERE id = 2",
        "UPDATE intent SET ordinal = 2 WHERE id = 2",
        "UPDATE intent SET key = 'k' WHERE id = 2",
        "UPDATE intent SET fingerprint = '' WHERE id = 2",
        "UPDATE intent SET openid = '' WHERE id = 2",
    ] {
        let kept = Kept::with_users(3);
        assert_eq!(kept.sql(change), 1);
        let mut store = kept.store();
        let error = store.lease(10).unwrap_err();
        assert!(matches!(error, LedgerError::Changed(2)), "{change}: {error}");
        assert!(matches!(store.lease(10), Err(LedgerError::Changed(2))), "{change}");
    }
    for change in [
        "UPDATE campaign SET stock_id = '1'",
        "UPDATE campaign SET appid = 'wx1'",
        "UPDATE campaign SET name = 'd'",
    ] {
        let kept = Kept::with_users(3);
        kept.sql(change);
        let name = if change.contains("name") { "d" } else { "c" };
        assert!(matches!(kept.store_of(name).lease(10), Err(LedgerError::Changed(_))), "{change}");
    }
}

fn a_batch_is_kept_wholly_or_not_at_all() {
    let mut kept = Kept::with_users(2);
    kept.plan("d", "openid\no9\n").unwrap();
    let mut store = kept.holding();
    for missing in [3, 4, u64::MAX] {
        // 3 is an intent of the other campaign.
        let facts = [(1, began(1, NOW)), (missing, ended(1, NOW, Verdict::NotSent))];
        let error = store.record(&batch(facts)).unwrap_err();
        assert!(matches!(error, LedgerError::NoIntent(_)), "{error}");
        assert_eq!(standings(&mut kept.ledger), [Standing::Planned, Standing::Planned]);
    }
    store.record(&batch([(1, began(1, NOW))])).unwrap();
    assert_eq!(standings(&mut kept.ledger), [Standing::Sending, Standing::Planned]);
}

fn an_async_store_works_without_a_runtime_and_finishes_what_was_dropped() {
    let mut kept = Kept::with_users(3);
    let mut store = Threaded::start(kept.store()).unwrap();
    let lease = wait(store.lease(2)).unwrap();
    assert_eq!((lease.intents.len(), lease.more), (2, true));
    let [one, two] = [0, 1].map(|at| lease.intents[at].id);
    let first = batch([(one, began(1, NOW))]);
    let mut dropped = Box::pin(store.record(&first));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let _ = dropped.as_mut().poll(&mut context);
    drop(dropped);
    assert_eq!(wait(store.record(&batch([(two, began(1, NOW))]))).unwrap(), Order::Go.into());
    assert_eq!(kept.ledger.counts("c").unwrap().sending, 2);
    let error = wait(store.record(&batch([(9, ended(1, NOW, Verdict::NotSent))]))).unwrap_err();
    assert!(matches!(error, LedgerError::NoIntent(9)), "{error}");
    assert_eq!(wait(store.lease(5)).unwrap().intents.len(), 1);
}

/// Runs a future on this thread.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::park();
    }
}

fn fact() -> impl Strategy<Value = Fact> {
    let verdict = prop_oneof![
        Just(Verdict::Sent("1".into())),
        Just(Verdict::Unknown { failed: false }),
        Just(Verdict::Lost),
        Just(Verdict::NotSent),
        Just(Verdict::Withdrawn),
        Just(Verdict::RateLimited),
        Just(Verdict::Refused(Refusal::Limit)),
        Just(Verdict::Refused(Refusal::User)),
        Just(Verdict::Refused(Refusal::Blocked)),
    ];
    let decision = prop_oneof![Just(Decision::NotSent), Just(Decision::Repeat), Just(Decision::Cancel)];
    let (attempt, at) = (1_u32..4, NOW..NOW + 500_000);
    prop_oneof![
        3 => (attempt.clone(), at.clone()).prop_map(|(attempt, at)| began(attempt, at)),
        4 => (attempt, at.clone(), verdict).prop_map(|(attempt, at, verdict)| ended(attempt, at, verdict)),
        1 => at.clone().prop_map(|at| Fact::NotFound { at }),
        1 => (at, decision).prop_map(|(at, decision)| Fact::Decided { at, decision }),
        1 => Just(Fact::Found("1".into())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Facts in one order in one ledger, and in another order, in other batches and twice in another one.
    #[test]
    fn where_an_intent_stands_follows_from_its_facts_in_any_order(
        (facts, shuffled) in prop::collection::vec(fact(), 1..12)
            .prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle())),
        size in 1_usize..4,
    ) {
        let (mut one, mut other) = (Kept::with_users(1), Kept::with_users(1));
        let mut history = History::default();
        for fact in &facts {
            history.add(fact.clone());
        }
        one.store().record(&batch(facts.iter().map(|fact| (1, fact.clone())))).unwrap();
        let mut store = other.store();
        for facts in shuffled.chunks(size).chain(facts.chunks(size)) {
            store.record(&batch(facts.iter().map(|fact| (1, fact.clone())))).unwrap();
        }
        let expected = history.standing(&Policy::default());
        prop_assert_eq!(standings(&mut one.ledger), vec![expected.clone()]);
        prop_assert_eq!(standings(&mut other.ledger), vec![expected.clone()]);
        for kept in [&mut one, &mut other] {
            prop_assert_eq!(kept.ledger.check().unwrap().findings, vec![]);
            // What is handed out again knows the same.
            let lease = kept.store().lease(10).unwrap();
            let handed: Vec<_> = lease.intents.into_iter().map(|intent| intent.history).collect();
            let expected = if expected.is_final() { vec![] } else { vec![history.clone()] };
            prop_assert_eq!(handed, expected);
        }
    }
}

everywhere!(
    each_open_intent_is_handed_out_once_in_a_pass,
    what_is_handed_out_is_the_planned_request_with_its_facts,
    final_intents_are_not_handed_out_again,
    a_late_success_of_an_older_process_beats_what_a_newer_one_knows,
    a_second_coupon_for_one_number_stops_the_campaign,
    a_pause_or_a_stop_holds_the_campaign_until_it_is_resumed,
    an_intent_that_was_changed_by_hand_is_never_handed_out,
    a_batch_is_kept_wholly_or_not_at_all,
    an_async_store_works_without_a_runtime_and_finishes_what_was_dropped,
);
