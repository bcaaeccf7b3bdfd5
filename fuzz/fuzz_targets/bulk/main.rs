//! Any events in any order: a sender of a campaign starts nothing whose attempt is not durable, nothing after it has seen the
//! end, never two requests for one user, and never more than its pace allows. What it says of an intent follows from what it
//! was told. When everything is well again, it ends.
#![no_main]

mod events;
mod run;

use std::time::Duration;

use arbitrary::Arbitrary;
use events::Event;
use libfuzzer_sys::fuzz_target;
use run::Run;
use wechatpay_core::bulk::Policy;

#[derive(Debug, Arbitrary)]
struct Input {
    rate: u16,
    max_in_flight: u8,
    window: u32,
    canary: u8,
    limit: Option<u8>,
    search: bool,
    settle_by_repeat: bool,
    events: Vec<Event>,
}

fuzz_target!(|input: Input| {
    let mut policy = Policy::default()
        .with_rate(input.rate.into())
        .with_max_in_flight(input.max_in_flight.into())
        .with_window(Duration::from_secs(input.window.into()))
        .with_canary(input.canary.into())
        .with_search(input.search)
        .with_settle_by_repeat(input.settle_by_repeat);
    policy.limit = input.limit.map(u64::from);
    let mut run = Run::new(policy);
    for event in &input.events {
        run.poll();
        run.happens(event);
    }
    run.heal();
    std::hint::black_box(format!("{:?}", run.sender.progress(run.now)));
});
