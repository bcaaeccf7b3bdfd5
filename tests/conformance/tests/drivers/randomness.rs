//! The randomness of a driver: the nonces of its requests, from which the waits before retries are derived too.

use crate::*;

with_every_driver!(each_request_has_a_nonce_of_its_own);

/// The nonce in the `Authorization` header.
fn nonce(request: &Received) -> String {
    let (_, rest) = request.head.split_once("nonce_str=\"").unwrap_or_else(|| panic!("{request:?}"));
    rest.split('"').next().unwrap().to_owned()
}

fn each_request_has_a_nonce_of_its_own<D: Driver>() {
    const CALLS: usize = 6;
    let (core, ..) = pair(now());
    let quick = RetryPolicy::default().with_delays(Duration::from_millis(1), Duration::from_millis(2));
    let server = Scripted::start(|url| {
        // Three lost attempts of each call, then a link and its file.
        let lost = vec![Vec::new(); 3 * CALLS];
        [lost, vec![unsigned_wire(200, &link(url, ABC_SHA1)), unsigned_wire(200, ABC)]].concat()
    });
    let core = at(&core, &server.url).with_retry(quick);
    // Two drivers of one client, as in two processes.
    let drivers = [D::new(core.clone()), D::new(core)];
    for call in 0..CALLS {
        drivers[call % 2].send(&query()).unwrap_err();
    }
    download(&drivers[0], &UseFlow::new("1".into())).unwrap();
    let nonces: Vec<String> = server.all().iter().map(nonce).collect();
    assert_eq!(nonces.len(), 3 * CALLS + 2);
    assert!(nonces.iter().all(|nonce| nonce.len() == 32), "{nonces:?}");
    assert_eq!(nonces.iter().collect::<BTreeSet<_>>().len(), nonces.len(), "{nonces:?}");
    // Every part of the nonce is random: no position has the same digit in all of them.
    for position in 0..32 {
        let digits: BTreeSet<_> = nonces.iter().map(|nonce| nonce.as_bytes()[position]).collect();
        assert!(digits.len() > 1, "position {position} of {nonces:?}");
    }
}
