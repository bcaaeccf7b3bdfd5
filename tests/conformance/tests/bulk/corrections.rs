//! What was wrong once.

use super::bench::Bench;
use super::rig::{Signed, body, coupon, transport};
use super::store::Memory;
use super::*;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn quiet() -> Policy {
    Policy::default().with_canary(0)
}

/// The window was compared with the time of the next attempt when the last one ended. A program that began again two
/// days later repeated the request all the same.
#[test]
fn nothing_is_repeated_blindly_after_the_window_although_the_program_did_not_run() {
    let mut bench = Bench::of(quiet(), 1);
    assert_eq!(bench.sent(), 1);
    bench.is_lost(1);
    bench.step();
    assert!(matches!(bench.store.standing(1), Standing::Retry(_)));
    bench.restart_after(48 * HOUR);
    assert!(matches!(bench.next(), Step::Search { intent: 1, .. }));
    bench.sender.searched(bench.now, 1, &Ok(None));
    assert_eq!(bench.end(), End::Complete);
    assert_eq!(bench.store.standing(1), Standing::Doubtful);
    assert_eq!(bench.sender.progress(bench.now).doubtful, 1);
}

/// A person's order is not blind, and begins a window of its own.
#[test]
fn a_repetition_that_a_person_ordered_is_made_and_has_a_window() {
    let mut bench = Bench::of(quiet(), 1);
    assert_eq!(bench.sent(), 1);
    bench.is_lost(1);
    bench.step();
    bench.restart_after(48 * HOUR);
    assert!(matches!(bench.next(), Step::Search { .. }));
    bench.sender.searched(bench.now, 1, &Ok(None));
    assert_eq!(bench.end(), End::Complete);
    bench.pass(HOUR);
    let decided = Fact::Decided { at: bench.now.unix, decision: Decision::Repeat };
    bench.store.rows[0].history.add(decided);
    bench.restart_after(HOUR);
    assert_eq!(bench.sent(), 1);
    bench.is_lost(1);
    assert_eq!(bench.sent(), 1);
    bench.succeeds(1);
    assert_eq!(bench.end(), End::Complete);
    assert_eq!(bench.store.standing(1), Standing::Sent("c1".to_owned()));
}

/// A store that is only asked for orders does not look for intents, so what it says of more intents means nothing.
#[test]
fn asking_for_orders_does_not_end_the_leases() {
    let mut bench = Bench::of(quiet(), 600);
    let lease = bench.store.lease(500);
    assert!(matches!(bench.sender.poll(bench.now), Step::Lease(500)));
    bench.sender.leased(bench.now, lease);
    let mut in_flight = Vec::new();
    let mut asked = false;
    while !asked {
        match bench.sender.poll(bench.now) {
            Step::Lease(0) => {
                bench.sender.leased(bench.now, Lease { intents: Vec::new(), more: false, order: Order::Go });
                asked = true;
            }
            Step::Record(batch) => {
                bench.store.keep(&batch);
                // Two seconds pass, in which nobody looked for orders.
                bench.pass(2 * SECOND);
                bench.sender.recorded(bench.now, Order::Go);
            }
            Step::Send { intent, .. } => in_flight.push(intent),
            Step::Wait(time) => bench.pass(time),
            other => panic!("{other:?}"),
        }
    }
    in_flight.iter().for_each(|intent| bench.succeeds(*intent));
    loop {
        match bench.next() {
            Step::Send { intent, .. } => bench.succeeds(intent),
            Step::End(end) => break assert_eq!(end, End::Complete),
            _ => {}
        }
    }
    assert_eq!(bench.store.health.successes(), 600);
}

/// An intent that was not begun, because of the limit, left those behind it waiting for ever.
#[test]
fn a_limit_ends_with_several_intents_of_one_user() {
    let policy = quiet().with_limit(1);
    let mut bench = Bench::new(Memory::new(&policy, (1..=4).map(|intent| coupon(intent, "one"))));
    assert_eq!(bench.sent(), 1);
    bench.succeeds(1);
    assert_eq!(bench.end(), End::Limit);
    assert_eq!(bench.store.standing(2), Standing::Planned);
}

/// An attempt that was never started is no beginning.
#[test]
fn the_limit_counts_intents_of_which_attempts_were_withdrawn() {
    let mut bench = Bench::of(quiet().with_limit(1), 3);
    let withdrawn = [
        Fact::Began { attempt: 1, at: bench.now.unix },
        Fact::Ended { attempt: 1, at: bench.now.unix, verdict: Verdict::Withdrawn },
    ];
    for row in &mut bench.store.rows {
        withdrawn.iter().for_each(|fact| row.history.add(fact.clone()));
    }
    let intent = bench.sent();
    assert!(matches!(bench.step(), Step::Wait(_)), "a second one was begun");
    bench.succeeds(intent);
    assert_eq!(bench.end(), End::Limit);
}

/// After a query that failed, one that found nothing was repeated for ever.
#[test]
fn a_search_that_finds_nothing_after_one_that_failed_is_the_last() {
    let mut bench = Bench::of(quiet().with_window(Duration::ZERO), 1);
    assert_eq!(bench.sent(), 1);
    bench.is_lost(1);
    let mut searches = 0;
    let end = loop {
        match bench.next() {
            Step::Search { intent, .. } => {
                searches += 1;
                assert!(searches <= 4, "it is looked for again and again");
                let failed = Err(transport(wechatpay_core::error::TransportErrorKind::MaybeSent));
                bench.sender.searched(bench.now, intent, if searches == 1 { &failed } else { &Ok(None) });
            }
            Step::End(end) => break end,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(end, End::Complete);
    // One fails, one comes before the first attempt can no longer take effect, and one after.
    assert_eq!(searches, 3);
    assert_eq!(bench.store.standing(1), Standing::Doubtful);
}

#[test]
fn a_clock_that_went_back_does_not_make_a_sender_look_for_ever() {
    let mut bench = Bench::of(quiet().with_window(Duration::ZERO), 1);
    assert_eq!(bench.sent(), 1);
    bench.is_lost(1);
    // By twenty days, so the time from which no attempt can take effect any more is far away.
    bench.now.unix -= 20 * 24 * 60 * 60 * 1000;
    let mut searches = Vec::new();
    let end = loop {
        match bench.next() {
            Step::Search { intent, .. } => {
                searches.push(bench.now.elapsed);
                assert!(searches.len() <= 2, "it is looked for again and again");
                bench.sender.searched(bench.now, intent, &Ok(None));
            }
            Step::End(end) => break end,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((end, searches.len()), (End::Complete, 2));
    // Long enough for every attempt before the first one to be over.
    assert!(searches[1] - searches[0] >= Duration::from_secs(390), "{searches:?}");
}

/// Anybody on the way can write an unsigned `Retry-After`, and the platform can be mistaken.
#[test]
fn no_response_makes_all_requests_wait_longer_than_ten_minutes() {
    for (status, signed) in
        [(429, Signed::Not), (429, Signed::Right), (503, Signed::Not), (503, Signed::Right)]
    {
        let mut bench = Bench::of(quiet(), 2);
        assert_eq!(bench.sent(), 1);
        let mut response = bench.rig.response(status, &body("X"), signed, bench.unix_seconds());
        response.headers_mut().insert("retry-after", "999999999".parse().unwrap());
        let result = bench.read(1, &response);
        assert_eq!(bench.sent(), 2);
        bench.ended(1, &result);
        bench.succeeds(2);
        let waited = bench.sent_after(1);
        assert!(waited <= 600 * SECOND && waited >= 590 * SECOND, "{status} {signed:?}: {waited:?}");
    }
}

/// A store that says that there are more, and has none at the moment, was asked again and again at once.
#[test]
fn a_store_without_an_intent_at_the_moment_is_not_asked_again_at_once() {
    let mut bench = Bench::of(quiet(), 1);
    let empty = || Lease { intents: Vec::new(), more: true, order: Order::Go };
    for _ in 0..3 {
        assert!(matches!(bench.sender.poll(bench.now), Step::Lease(500)));
        bench.sender.leased(bench.now, empty());
        let Step::Wait(time) = bench.sender.poll(bench.now) else { panic!("asked again at once") };
        bench.pass(time);
    }
    assert_eq!(bench.sent(), 1);
}

/// A doubtful intent is settled by when its attempts were recorded. Its requests must not start long after that.
#[test]
fn what_took_long_to_record_is_not_started() {
    let mut bench = Bench::of(quiet(), 1);
    let lease = bench.store.lease(500);
    assert!(matches!(bench.sender.poll(bench.now), Step::Lease(_)));
    bench.sender.leased(bench.now, lease);
    let Step::Record(batch) = bench.sender.poll(bench.now) else { panic!() };
    let Fact::Began { at: began, .. } = batch.records[0].fact else { panic!() };
    bench.pass(40 * SECOND);
    bench.store.keep(&batch);
    bench.sender.recorded(bench.now, Order::Go);
    let intent = bench.sent();
    let Some(Fact::Began { attempt: 2, at }) = bench.store.row(intent).facts.last() else {
        panic!("{:?}", bench.store.row(intent).facts)
    };
    assert!(*at >= began + 40_000);
}

/// Requests that were in flight when the hold began say nothing about what holds now.
#[test]
fn only_a_probe_ends_or_prolongs_a_hold() {
    let mut bench = Bench::of(quiet(), 8);
    let intents: Vec<_> = (0..4).map(|_| bench.sent()).collect();
    bench.refused(intents[0], 403, "NOT_ENOUGH");
    assert!(matches!(bench.next(), Step::Check(_)));
    bench.sender.checked(bench.now, &Err(transport(wechatpay_core::error::TransportErrorKind::NotSent)));
    bench.succeeds(intents[1]);
    assert!(bench.sender.progress(bench.now).hold.is_some(), "a request from before ended the hold");
    bench.pass(6 * SECOND);
    bench.refused(intents[2], 403, "NOT_ENOUGH");
    let hold = bench.sender.progress(bench.now).hold.unwrap();
    assert_eq!(hold, Duration::ZERO, "a request from before counted as a probe");
    bench.succeeds(intents[3]);
    assert!(bench.sender.progress(bench.now).hold.is_some());
    // Only now a probe is sent.
    let probe = bench.sent();
    bench.succeeds(probe);
    assert_eq!(bench.sender.progress(bench.now).hold, None);
}

/// Of several ends that are reported of one attempt, a success is true.
#[test]
fn a_success_beats_every_other_end_of_the_same_attempt() {
    let ended = |at, verdict| Fact::Ended { attempt: 1, at, verdict };
    for other in [Verdict::Lost, Verdict::Unknown { failed: true }, Verdict::NotSent] {
        let mut history = History::default();
        history.add(Fact::Began { attempt: 1, at: 1 });
        history.add(ended(2, other.clone()));
        history.add(ended(3, Verdict::Sent("c".to_owned())));
        assert_eq!(history.standing(&quiet()), Standing::Sent("c".to_owned()), "{other:?}");
    }
}

/// A failed network fails for all requests in flight at once. That is one failure, not a hundred.
#[test]
fn requests_that_fail_together_make_the_wait_longer_once() {
    let mut bench = Bench::of(quiet(), 8);
    let intents: Vec<_> = (0..8).map(|_| bench.sent()).collect();
    for intent in intents {
        let error = transport(wechatpay_core::error::TransportErrorKind::NotSent);
        bench.ended(intent, &Err(error));
    }
    let before = bench.now.elapsed;
    bench.sent();
    assert!(bench.now.elapsed - before <= 2 * SECOND, "{:?}", bench.now.elapsed - before);
}
