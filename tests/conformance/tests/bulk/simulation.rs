//! Whatever happens, what must hold of a campaign holds.
//!
//! A [plan](plan::Plan) follows from a seed. It is run in simulated time, event by event: senders, their stores and a
//! platform with faults. If a seed fails, its number is in the message, and `seed(number)` runs it again.

mod dice;
mod network;
mod plan;
mod platform;
mod watch;
mod world;

use plan::Plan;
use proptest::prelude::*;
use world::World;

/// Says which plan it was, if it fails.
struct Failing<'a>(&'a Plan);

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("seed {}: {:?}", self.0.seed, self.0);
        }
    }
}

fn seed(seed: u64) -> World {
    let plan = Plan::of(seed);
    let _failing = Failing(&plan);
    World::run(plan.clone())
}

/// - At most one coupon exists for each number, and so for each intent.
/// - An intent is `Sent` only if its coupon exists, and `Refused` only if it does not and never will.
/// - No request starts before its attempt is durable. Each attempt is one request, and all requests of an intent are
///   identical.
/// - At most one request for a user is in flight.
/// - In no second more requests start than the policy allows, and none before the time that a response asked for.
/// - Nothing starts after a stop, a pause or an interrupt was seen.
/// - Nothing is repeated blindly after the window.
/// - What the store has of an intent is what the sender says of it, after each batch.
/// - Once everything works again, each intent becomes final or doubtful, and what can be found is not doubtful.
/// - The sender never asks for anything while nothing has changed.
#[test]
fn each_user_gets_one_coupon_whatever_happens() {
    let mut seen = watch::Seen::default();
    for number in 0..140 {
        seen.add(&seed(number).seen);
    }
    println!("{seen:?}");
    // Otherwise the seeds would prove nothing.
    seen.is_everything();
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// The same with other seeds.
    #[test]
    fn other_seeds(number in 1_000_u64..) {
        seed(number);
    }
}

/// Seeds that failed once. A doubtful intent could be found and was not looked for again, because the clock had jumped; the
/// store failed, kept the batch all the same, and got it once more; another ledger sent a coupon after this one had looked
/// for it.
#[test]
fn seeds_that_failed() {
    for number in [
        12_905_101_886_523_891_827,
        144,
        11_230_969_956_506_536_008,
        7_109_243_434_221_326_893,
        16_891_903_205_748_200_418,
    ] {
        seed(number);
    }
}
