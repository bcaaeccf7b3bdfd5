//! Whatever goes wrong, whenever, for however many at once: no coupon twice, and nothing untrue is said of one.
//!
//! A [plan](plan::Plan) is played in simulated time, event by event, so that requests overtake each other and arrive
//! after their callers gave up or crashed. 256 plans are, or as many as `PROPTEST_CASES` says.

mod callers;
mod plan;
mod world;

use plan::plan;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use wechatpay_core::Outcome;
use world::World;

proptest! {
    /// - A coupon, by its `out_request_no`, exists at most once. Of what is not idempotent, an exchange makes at most
    ///   one request reach the platform.
    /// - When an exchange gives an answer, or an error with the outcome `Done`, what it was for exists.
    /// - When it says `NotSent`, none of its requests has reached or will ever reach the platform.
    /// - When it says `Rejected`, none of its requests has made or will ever make what it was for. One of another
    ///   exchange with the same number may.
    /// - It ends within its attempts, with at most one fetch of certificates for each, and within its time. No request
    ///   is sent when there is no time for its answer.
    /// - Of those that share keys, at most one at a time fetches certificates.
    #[test]
    fn no_coupon_twice_and_nothing_untrue_is_said(plan in plan()) {
        if let Err(problem) = World::play(&plan) {
            return Err(TestCaseError::fail(problem));
        }
    }
}

/// A property of things that never happen would be worth nothing.
#[test]
fn plans_come_to_every_end() {
    let mut runner = TestRunner::deterministic();
    let (mut ends, mut crashes, mut fetches, mut late) = (Vec::new(), 0, 0, 0);
    for _ in 0..48 {
        let plan = plan().new_tree(&mut runner).unwrap().current();
        let world = World::play(&plan).unwrap();
        ends.extend(world.ends());
        crashes += world.crashes;
        fetches += world.fetches;
        late += world.late;
    }
    for end in [None, Some(Outcome::NotSent), Some(Outcome::Rejected), Some(Outcome::Unknown)] {
        assert!(ends.contains(&end), "{end:?} never came");
    }
    assert!(crashes > 0 && fetches > 0 && late > 0, "{crashes} {fetches} {late}");
}
