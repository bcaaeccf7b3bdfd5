//! The platform and the network at their worst.

use crate::campaign::policy;
use crate::*;

with_every_driver!(
    each_user_gets_one_coupon_whatever_fails,
    what_a_lost_response_has_left_is_found_when_it_must_not_be_repeated,
    a_key_that_is_refused_stops_the_campaign,
);

fn each_user_gets_one_coupon_whatever_fails<D: Driver>() {
    const USERS: usize = 300;
    let campaign = Campaign::start(2);
    // Each fault waits for the one before it.
    for fault in [
        "close_before skip=12 times=3",
        "close_after skip=10 times=3",
        "unsigned skip=10",
        "rate_limited skip=10 times=2",
        "system_error skip=10 times=2 acted=true",
        "system_error skip=10 times=2",
        "close_after skip=10 times=5",
        "truncate skip=10 times=2",
        "wrong_length skip=10",
        "bad_gateway skip=10 acted=true",
        "accepted skip=10 acted=true",
        "unavailable skip=10 times=2",
        "close_before skip=10 times=5",
        "unsigned skip=10 times=2",
    ] {
        campaign.served.fault("coupon.send", fault);
    }
    let moods = r#"{
        "coupon.send": {"per_second": 90},
        "not_enough": {"after": 200, "times": 1},
        "request_blocked": {"every": 60, "times": 3},
        "account_abnormal": {"openids": ["user-77"]},
        "concurrent_rule_limit": {"milliseconds": 5}
    }"#;
    campaign.served.control("limits", moods);
    // Some users are in the list twice.
    let twice = (0..20).map(|user| campaign.coupon(user, 1));
    let mut store = Memory::new(campaign.users(USERS).into_iter().chain(twice), policy());
    let driver = campaign.driver::<D>();
    store.complete(&driver);

    // All faults were met.
    assert_eq!(campaign.served.get("faults")["faults"], serde_json::json!([]));
    assert!(store.progress.rate_limited > 2, "{:?}", store.progress);
    assert_eq!((store.progress.sent, store.progress.refused), (USERS as u64 + 19, 1));
    campaign.check_attempts(&store);
    let refused = store.rows.remove(77);
    assert_eq!(refused.standing(&store.policy), Standing::Refused);
    assert_eq!(refused.attempts(), [Some(Verdict::Refused(Refusal::User))]);
    campaign.check_coupons(&store);
}

fn what_a_lost_response_has_left_is_found_when_it_must_not_be_repeated<D: Driver>() {
    let campaign = Campaign::start(2);
    campaign.served.fault("coupon.send", "close_after skip=5 times=3");
    campaign.served.fault("coupon.send", "system_error skip=5 acted=true");
    let mut store = Memory::new(campaign.users(40), policy().with_window(Duration::ZERO));
    store.complete(&campaign.driver::<D>());
    campaign.check(&store);
    let found = store.rows.iter().filter(|row| row.facts.iter().any(|fact| matches!(fact, Fact::Found(_))));
    assert_eq!(found.count(), 4);
}

fn a_key_that_is_refused_stops_the_campaign<D: Driver>() {
    let campaign = Campaign::start(1);
    campaign.served.control("merchant/certificate", r#"{"state":"revoked"}"#);
    let mut store = Memory::new(campaign.users(40), policy());
    let driver = campaign.driver::<D>();
    let Ok(End::Stopped(stop)) = store.run(&driver, Trouble::None) else { panic!() };
    assert_eq!(store.stop, Some(stop));
    assert_eq!(campaign.coupons(), BTreeMap::new());
    campaign.check_attempts(&store);
    // A person has put it right.
    campaign.served.control("merchant/certificate", r#"{"state":"valid"}"#);
    store.health = store.health.clone().resumed();
    store.complete(&driver);
    campaign.check(&store);
}
