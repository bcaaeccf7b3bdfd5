//! Ends from outside.

use crate::campaign::policy;
use crate::*;

with_every_driver!(an_interrupt_waits_for_what_is_in_flight, a_pause_waits_for_what_is_in_flight);

fn an_interrupt_waits_for_what_is_in_flight<D: Driver>() {
    ends_and_goes_on::<D>(Trouble::InterruptsAt(20), &End::Interrupted);
}

fn a_pause_waits_for_what_is_in_flight<D: Driver>() {
    ends_and_goes_on::<D>(Trouble::PausesAt(20), &End::Paused);
}

fn ends_and_goes_on<D: Driver>(trouble: Trouble, end: &End) {
    const USERS: usize = 400;
    let campaign = Campaign::start(1);
    // So that several requests are in flight.
    campaign.served.control("limits", r#"{"concurrent_rule_limit": {"milliseconds": 50}}"#);
    let mut store = Memory::new(campaign.users(USERS), policy());
    let driver = campaign.driver::<D>();
    assert_eq!(store.run(&driver, trouble).as_ref(), Ok(end));
    // The last progress is that of the end.
    let coupons = campaign.coupons().len();
    assert_eq!((store.progress.in_flight, store.progress.sent), (0, coupons as u64));
    assert!(coupons > 0 && coupons < USERS, "{coupons}");
    for row in &store.rows {
        // What was sent was answered, and what was not is as it was.
        let ends = row.attempts();
        let answered = |end: &Option<Verdict>| matches!(end, Some(Verdict::Sent(_) | Verdict::Withdrawn));
        assert!(ends.iter().all(answered), "{ends:?}");
    }
    campaign.check_attempts(&store);
    store.complete(&driver);
    campaign.check(&store);
}
