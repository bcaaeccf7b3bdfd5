//! Stores that fail.

use crate::campaign::policy;
use crate::*;

with_every_driver!(
    a_store_that_fails_once_ends_the_run_and_the_next_one_finishes,
    a_store_that_keeps_nothing_any_more_leaves_no_unrecorded_request,
    a_store_that_keeps_what_it_says_it_has_not_doubles_nothing,
    a_store_that_hands_out_nothing_ends_the_run,
);

const NUMBERS: [usize; 4] = [1, 2, 3, 9];

fn a_store_that_fails_once_ends_the_run_and_the_next_one_finishes<D: Driver>() {
    NUMBERS.map(Trouble::FailsAt).into_iter().for_each(fails_and_goes_on::<D>);
}

fn a_store_that_keeps_nothing_any_more_leaves_no_unrecorded_request<D: Driver>() {
    NUMBERS.map(Trouble::FailsFrom).into_iter().for_each(fails_and_goes_on::<D>);
}

fn a_store_that_keeps_what_it_says_it_has_not_doubles_nothing<D: Driver>() {
    NUMBERS.map(Trouble::KeepsAndFailsAt).into_iter().for_each(fails_and_goes_on::<D>);
}

fn fails_and_goes_on<D: Driver>(trouble: Trouble) {
    let campaign = Campaign::start(1);
    let mut store = Memory::new(campaign.users(60), policy());
    let driver = campaign.driver::<D>();
    let error = store.run(&driver, trouble).unwrap_err();
    assert!(["the disk is full", "the connection was lost"].contains(&error.as_str()), "{error}");
    // Each request has its recorded attempt. An attempt without an end may have been sent or not.
    let arrived = campaign.arrived();
    let recorded = campaign.recorded(&store);
    assert!(arrived.iter().all(|(user, requests)| *requests <= recorded[user]), "{arrived:?} {recorded:?}");
    if let Trouble::FailsAt(_) = trouble {
        // The last batch was kept, so everything is known.
        campaign.check_attempts(&store);
    }
    store.complete(&driver);
    campaign.check_coupons(&store);
}

/// Has no intents, only errors.
struct Broken;

impl Store<SendCoupon> for Broken {
    type Error = &'static str;

    fn lease(&mut self, _: usize) -> Result<Lease<SendCoupon>, &'static str> {
        Err("no such table")
    }

    fn record(&mut self, _: &Batch) -> Result<Recorded, &'static str> {
        unreachable!("there is nothing to record")
    }
}

fn a_store_that_hands_out_nothing_ends_the_run<D: Driver>() {
    let campaign = Campaign::start(1);
    let driver = campaign.driver::<D>();
    let sender = Sender::new(policy(), Health::default());
    assert_eq!(driver.send_all(sender, &mut Broken, || false, |_| {}), Err("no such table"));
    assert_eq!(campaign.arrived(), BTreeMap::new());
}
