//! A run that is killed, again and again.

use std::time::Duration;

use serde_json::json;

use crate::Campaign;
use crate::merchant::STOCK;

/// The next number of a series that looks random and is the same in every run.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

/// Runs a campaign for so many users, in which so many runs are killed. The ledgers, one or two, were made from the same
/// list, and take turns.
fn campaign(users: u64, kills: u64, ledgers: &[&str], seed: u64) {
    println!("seed {seed}");
    let campaign = Campaign::new(users);
    let plan = |ledger: &str| {
        let line = format!("{ledger} send plan users.csv --campaign spring --stock {STOCK}");
        assert_eq!(campaign.program.json(&line)["coupons"], users);
    };
    ledgers.iter().for_each(|ledger| plan(ledger));
    // More than the program sends by itself in a second at the end, less than in its best seconds.
    campaign.limits(&json!({ "coupon.send": { "per_second": 300 } }));
    let mut seed = seed;
    let between = |seed: &mut u64| usize::try_from(next(seed) % (users / kills).max(2)).unwrap();
    for kill in 0..kills {
        for fault in ["close_after", "system_error", "close_before", "truncate", "unavailable", "bad_gateway"]
        {
            campaign.fault(fault, 1, next(&mut seed) % 7);
        }
        campaign.forget_handled();
        let ledger = ledgers[usize::try_from(kill).unwrap() % ledgers.len()];
        let mut run =
            campaign.program.command(&format!("{ledger} {}", Campaign::line("--rate 500"))).spawn().unwrap();
        let wanted = between(&mut seed);
        for _ in 0..wanted {
            // The run may have ended by itself.
            match campaign.merchant.handled.recv_timeout(Duration::from_millis(20)) {
                Err(_) if run.try_wait().unwrap().is_some() => break,
                _ => {}
            }
        }
        run.kill().unwrap();
        run.wait().unwrap();
    }
    campaign.merchant.control("limits", &json!({}));
    for ledger in ledgers {
        let ended = campaign.program.run(&format!("{ledger} {}", Campaign::line("--rate 500"))).succeeded();
        assert!(ended.stdout.contains(&format!("sent      {users}")), "{ended:?}");
        let coupons = campaign.coupons();
        assert_eq!(coupons.len() as u64, users);
        assert_eq!(campaign.sent(ledger), coupons);
        campaign.program.run(&format!("{ledger} ledger check")).succeeded();
    }
}

#[test]
fn no_coupon_is_lost_or_sent_twice() {
    campaign(300, 12, &[""], 1);
}

#[test]
fn two_ledgers_of_one_list_send_each_coupon_once() {
    campaign(200, 8, &["--ledger a.db", "--ledger b.db"], 2);
}

/// Takes minutes: see `.ci/long`.
#[test]
#[ignore = "takes minutes; .ci/long runs it"]
fn the_whole_5000_users_and_100_kills() {
    campaign(5000, 100, &[""], 3);
}

/// Takes minutes: see `.ci/long`.
#[test]
#[ignore = "takes minutes; .ci/long runs it"]
fn the_whole_two_ledgers_5000_users_and_100_kills() {
    campaign(5000, 100, &["--ledger a.db", "--ledger b.db"], 4);
}
