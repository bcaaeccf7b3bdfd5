//! The platform changes its certificate while many calls are in flight.

use std::sync::Barrier;

use crate::*;

const CALLS: i64 = 200;

/// Sends a coupon to each of 200 users at once, with `faults` of the requests for certificates. Every call succeeds,
/// with one request of its own. Returns the number of requests for certificates.
fn send_while_the_certificate_changes<D: Driver>(faults: &[&str]) -> u64 {
    let served = ServedSandbox::start();
    let mut create = served.stock("stock");
    create.stock_use_rule = StockRule::new(CALLS, Fen::new(100 * CALLS), 1);
    let stock_id = served.execute(&create).stock_id;
    served.advance(HOUR + 1);
    served.execute(&StartStock::new(stock_id.clone(), served.mchid()));
    faults.iter().for_each(|fault| served.fault("certificates.download", fault));
    let before = served.state()["requests"]["coupon.send"].as_u64().unwrap_or_default();

    let client = at(&LocalSandbox::client(&served, served.old_certificate()), &served.url());
    let driver = D::new(client);
    let together = Barrier::new(CALLS.unsigned_abs() as usize);
    let send = &|call: i64| {
        let coupon = served.coupon(&format!("o{call}"), &stock_id, &format!("n-{call}"));
        together.wait();
        driver.send(&coupon).map(|sent| sent.into_value().coupon_id)
    };
    let coupons: BTreeSet<_> = thread::scope(|scope| {
        let calls: Vec<_> = (0..CALLS).map(|call| scope.spawn(move || send(call))).collect();
        calls
            .into_iter()
            .map(|call| call.join().unwrap().unwrap_or_else(|error| panic!("{error:#}")))
            .collect()
    });
    let state = served.state();
    assert_eq!(Some(coupons.len() as u64), state["coupons"].as_u64());
    assert_eq!(state["requests"]["coupon.send"].as_u64().unwrap() - before, CALLS.unsigned_abs());
    state["requests"]["certificates.download"].as_u64().unwrap()
}

with_every_driver!(two_hundred_calls_need_one_fetch, a_fetch_that_fails_at_first_costs_no_call);

fn two_hundred_calls_need_one_fetch<D: Driver>() {
    assert_eq!(send_while_the_certificate_changes::<D>(&[]), 1);
}

fn a_fetch_that_fails_at_first_costs_no_call<D: Driver>() {
    assert_eq!(send_while_the_certificate_changes::<D>(&["unavailable"]), 2);
}
