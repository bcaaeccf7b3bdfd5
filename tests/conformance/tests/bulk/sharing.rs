//! Several senders share the users and the pace, as their store says.

use wechatpay_core::bulk::{Recorded, Reservation, SharedPace, Starts};

use super::bench::Bench;
use super::*;

/// Goes on until the next step that is not one of the store, apart from reservations.
fn step(bench: &mut Bench, lost: &[IntentId]) -> Step<SendCoupon> {
    loop {
        match bench.sender.poll(bench.now) {
            Step::Lease(most) => {
                let lease = bench.store.lease(most);
                bench.sender.leased(bench.now, lease);
            }
            Step::Record(batch) => {
                bench.store.keep(&batch);
                let recorded = Recorded::from(Order::Go).with_lost(lost.to_vec());
                bench.sender.recorded(bench.now, recorded);
            }
            step => return step,
        }
    }
}

#[test]
fn an_intent_that_another_sender_has_taken_over_is_let_go() {
    let mut bench = Bench::of(Policy::default().with_canary(0), 3);
    let mut sent = Vec::new();
    loop {
        match step(&mut bench, &[2]) {
            Step::Send { intent, .. } => sent.push(intent),
            Step::Wait(_) if sent.len() == 2 => break,
            Step::Wait(time) => bench.pass(time),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(sent, [1, 3]);
    for intent in sent {
        bench.succeeds(intent);
    }
    // The user of the one that was lost is free, and nothing is left to do.
    assert!(matches!(step(&mut bench, &[]), Step::End(End::Complete)));
}

/// Takes the reservation that must come next.
fn reservation(bench: &mut Bench) -> Reservation {
    match step(bench, &[]) {
        Step::Reserve(reservation) => reservation,
        other => panic!("{other:?}"),
    }
}

fn starts(after: &[u64]) -> Starts {
    let mut starts = Starts::default();
    starts.after = after.iter().copied().map(Duration::from_millis).collect();
    starts.rate = 50;
    starts
}

#[test]
fn requests_start_when_the_store_says_and_not_later() {
    let mut bench = Bench::of(Policy::default().with_canary(0), 3);
    bench.sender.share_pace();
    assert_eq!(reservation(&mut bench).rate, 400);
    // Nothing is asked twice at a time.
    assert!(matches!(step(&mut bench, &[]), Step::Wait(_)));
    bench.sender.reserved(bench.now, &starts(&[0, 100, 200]));
    assert_eq!(bench.sender.progress(bench.now).rate, 50);
    assert!(matches!(step(&mut bench, &[]), Step::Send { intent: 1, .. }));
    let Step::Wait(time) = step(&mut bench, &[]) else { panic!() };
    assert!(time <= Duration::from_millis(100), "{time:?}");
    // The process was asleep: the second start is over, and the third one is not there yet.
    bench.pass(Duration::from_millis(150));
    assert!(matches!(step(&mut bench, &[]), Step::Wait(_) | Step::Reserve(_)));
    bench.pass(Duration::from_millis(50));
    assert!(matches!(step(&mut bench, &[]), Step::Send { intent: 2, .. }));
}

#[test]
fn what_one_sender_hears_of_limits_and_successes_reaches_the_store() {
    let mut bench = Bench::of(Policy::default().with_canary(0), 4);
    bench.sender.share_pace();
    let first = reservation(&mut bench);
    assert_eq!((first.limited, first.succeeded), (None, false));
    bench.sender.reserved(bench.now, &starts(&[0, 0]));
    let sent = [(); 2].map(|()| match step(&mut bench, &[]) {
        Step::Send { intent, .. } => intent,
        other => panic!("{other:?}"),
    });
    bench.succeeds(sent[0]);
    let answer = bench.signed(sent[1], 429, r#"{"code":"FREQUENCY_LIMIT_EXCEED","message":"m"}"#);
    bench.ended(sent[1], &answer);
    let told = loop {
        match step(&mut bench, &[]) {
            Step::Reserve(reservation) => break reservation,
            Step::Wait(time) => bench.pass(time),
            other => panic!("{other:?}"),
        }
    };
    assert!(told.succeeded && told.limited.is_some(), "{told:?}");
    // It is told once.
    bench.sender.reserved(bench.now, &starts(&[]));
    bench.pass(Duration::from_secs(2));
    let next = reservation(&mut bench);
    assert_eq!((next.limited, next.succeeded), (None, false));
}

#[test]
fn a_store_that_cannot_reserve_ends_the_run() {
    let mut bench = Bench::of(Policy::default().with_canary(0), 2);
    bench.sender.share_pace();
    reservation(&mut bench);
    bench.sender.not_reserved();
    assert!(matches!(step(&mut bench, &[]), Step::End(End::StoreFailed)));
    assert_eq!(bench.store.standing(1), Standing::Planned);
}

/// A whole campaign of two senders with one pace: each has its users.
#[test]
fn two_senders_with_one_pace_keep_the_rate_together() {
    let policy = Policy::default().with_canary(0).with_rate(50);
    let mut crew = [(); 2].map(|()| Bench::of(policy.clone(), 150));
    crew.iter_mut().for_each(|bench| bench.sender.share_pace());
    let (mut pace, mut times, mut ended) = (SharedPace::default(), Vec::new(), 0);
    while ended < crew.len() {
        ended = 0;
        for bench in &mut crew {
            loop {
                match step(bench, &[]) {
                    Step::Reserve(reservation) => {
                        let starts = pace.reserve(bench.now.elapsed, Duration::from_millis(30), &reservation);
                        bench.sender.reserved(bench.now, &starts);
                    }
                    Step::Send { intent, .. } => {
                        times.push(bench.now.elapsed);
                        bench.succeeds(intent);
                    }
                    Step::Wait(_) => break bench.pass(Duration::from_millis(5)),
                    Step::End(end) => {
                        assert_eq!(end, End::Complete);
                        ended += 1;
                        break;
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }
    assert_eq!(times.len(), 300);
    times.sort_unstable();
    let within = |from: usize| times.partition_point(|at| *at < times[from] + Duration::from_secs(1)) - from;
    assert!((0..times.len()).map(within).max() <= Some(50));
}
