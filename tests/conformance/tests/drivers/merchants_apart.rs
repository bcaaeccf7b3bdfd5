//! There is no global state: two merchants in one process, each with its own keys and platform, used by several threads
//! concurrently.

use crate::*;

with_every_driver!(two_merchants_do_not_see_each_other, merchants_and_platforms_are_not_confused);

const THREADS: usize = 4;
const STOCKS: usize = 5;

/// Two sandboxes with different merchants and different platform keys.
fn start() -> [ServedSandbox; 2] {
    // Credentials of another day are different.
    [now(), now() - 86_400].map(|day| ServedSandbox::start_with(&credentials(day)))
}

fn stock(local: &ServedSandbox, number: &str) -> CreateCouponStock {
    let mut stock = local.stock(number);
    stock.stock_name = local.credentials.mchid().to_owned();
    stock
}

fn two_merchants_do_not_see_each_other<D: Driver>() {
    let locals = start();
    let certificate = locals[1].certificate(PROVIDERS[1]);
    let drivers = [D::new(locals[0].client()), D::new(locals[1].client_with(PROVIDERS[1], certificate))];
    thread::scope(|scope| {
        for i in 0..THREADS {
            let (locals, drivers) = (&locals, &drivers);
            scope.spawn(move || {
                // Each thread alternates between the merchants.
                for j in 0..STOCKS {
                    for (local, driver) in locals.iter().zip(drivers) {
                        let mchid = local.credentials.mchid();
                        let created = driver.send(&stock(local, &format!("n-{i}-{j}"))).unwrap();
                        assert!(created.is_verified());
                        let query = QueryStock::new(created.stock_id.clone(), mchid.into());
                        assert_eq!(driver.send(&query).unwrap().stock_name, mchid);
                        let stocks = driver.list(ListStocks::new(local.mchid())).unwrap();
                        assert!(stocks.iter().all(|stock| stock.stock_name == mchid));
                        assert!(stocks.iter().any(|stock| stock.stock_id == created.stock_id));
                    }
                }
            });
        }
    });
    for (local, driver) in locals.iter().zip(&drivers) {
        let stocks = driver.list(ListStocks::new(local.mchid())).unwrap();
        assert_eq!(stocks.len(), THREADS * STOCKS);
    }
}

fn merchants_and_platforms_are_not_confused<D: Driver>() {
    let [ours, theirs] = start();
    let provider = PROVIDERS[1];
    // Otherwise a client with the APIv3 key would fetch the certificate of the platform that responds.
    theirs.control("certificates/mode", r#"{"public_key_only":true}"#);
    let query = |local: &ServedSandbox| QueryStock::new("1".into(), local.mchid());
    let right = [&ours, &theirs].map(|local| D::new(local.client()));

    let wrong_merchant = at(&ours.client_with(provider, theirs.public_key(provider)), &theirs.url());
    let wrong_merchant = D::new(wrong_merchant);
    let wrong_platform_key = D::new(theirs.client_with(provider, ours.public_key(provider)));
    // The id of their key with our key.
    let id = theirs.credentials.public_key_id();
    let keys = trusting_public_key(provider, id, ours.credentials.public_key_pem());
    let wrong_key_with_right_id = D::new(theirs.client_with(provider, keys));

    let wrong = || {
        let error = wrong_merchant.send(&query(&ours)).unwrap_err();
        assert_eq!(error.api().unwrap().code(), Some(&ErrorCode::SignError), "{error:?}");
        assert_eq!(error.outcome(), Outcome::Rejected);
        let kind = verify_error_kind(wrong_platform_key.send(&query(&theirs)));
        assert!(matches!(&kind, VerifyErrorKind::UnknownSerial { serial, .. } if serial == id), "{kind:?}");
        let kind = verify_error_kind(wrong_key_with_right_id.send(&query(&theirs)));
        assert!(matches!(kind, VerifyErrorKind::WrongSignature { .. }), "{kind:?}");
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(wrong);
            for (local, driver) in [&ours, &theirs].into_iter().zip(&right) {
                scope.spawn(move || {
                    let error = driver.send(&query(local)).unwrap_err();
                    // A signed error of its own platform: the stock does not exist.
                    assert_eq!(error.api().unwrap().code(), Some(&ErrorCode::ResourceNotExists));
                    assert!(error.api().unwrap().is_verified());
                });
            }
        }
    });
}
