//! With any faults, at any time, for several concurrent callers: no coupon is sent twice, and every reported outcome is
//! true.
//!
//! A [plan](plan::Plan) is run in simulated time, event by event, so that requests overtake each other and arrive after
//! their callers have given up or crashed. 256 plans are run, or the number in `PROPTEST_CASES`.

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
    /// - At most one coupon exists for each `out_request_no`. For an operation that is not idempotent, at most one
    ///   request of an exchange reaches the platform.
    /// - If an exchange ends with a response, or with an error whose outcome is `Done`, the coupon or favor exists.
    /// - If the outcome is `NotSent`, none of its requests has reached or will reach the platform.
    /// - If the outcome is `Rejected`, none of its requests has created or will create the coupon or favor. A request
    ///   of another exchange with the same number may.
    /// - An exchange ends within its attempt limit and its total timeout, with at most one fetch of certificates,
    ///   which has as many attempts, for each attempt. No request is sent if there is no time left for its response.
    /// - At most one of the exchanges that share keys fetches certificates at a time.
    #[test]
    fn no_coupon_is_sent_twice_and_every_outcome_is_true(plan in plan()) {
        if let Err(problem) = World::run(&plan) {
            return Err(TestCaseError::fail(problem));
        }
    }
}

/// The plans cover all outcomes and faults. Otherwise the property above would prove nothing.
#[test]
fn plans_cover_every_outcome() {
    let mut runner = TestRunner::deterministic();
    let (mut ends, mut crashes, mut fetches, mut late) = (Vec::new(), 0, 0, 0);
    for _ in 0..48 {
        let plan = plan().new_tree(&mut runner).unwrap().current();
        let world = World::run(&plan).unwrap();
        ends.extend(world.ends());
        crashes += world.crashes;
        fetches += world.fetches;
        late += world.late;
    }
    for end in [None, Some(Outcome::NotSent), Some(Outcome::Rejected), Some(Outcome::Unknown)] {
        assert!(ends.contains(&end), "no exchange ended with {end:?}");
    }
    assert!(crashes > 0 && fetches > 0 && late > 0, "{crashes} {fetches} {late}");
}
