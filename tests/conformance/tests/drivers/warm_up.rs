//! Preparing a driver for its first call.

use crate::*;

with_every_driver!(
    warming_up_opens_a_connection_and_fetches_certificates,
    warming_up_fetches_the_first_certificates,
    warming_up_reports_what_does_not_work
);

fn warming_up_opens_a_connection_and_fetches_certificates<D: Driver>() {
    let local = ServedSandbox::start();
    let core = local.client_with(PROVIDERS[1], local.certificate(PROVIDERS[1]));
    local.rotate();
    let driver = D::new(core.clone().with_retry(RetryPolicy::never()));
    assert_eq!(core.platform().serials().len(), 1);
    driver.warm_up().unwrap();
    assert_eq!(core.platform().serials().len(), 2);
}

/// A client that is created with nothing but the APIv3 key knows no key of the platform.
fn warming_up_fetches_the_first_certificates<D: Driver>() {
    let local = ServedSandbox::start();
    let core = local.client_with(PROVIDERS[1], PlatformKeys::new());
    let driver = D::new(core.clone().with_retry(RetryPolicy::never()));
    driver.warm_up().unwrap();
    assert_eq!(core.platform().serials().len(), 1);
    let requests = &local.state()["requests"];
    assert_eq!((&requests["certificates.download"], &requests["security.echo"]), (&1.into(), &1.into()));
}

fn warming_up_reports_what_does_not_work<D: Driver>() {
    let (core, _, _) = pair(now());
    let (closed, url) = listener();
    drop(closed);
    let error = D::new(single_attempt_at(&core, &url)).warm_up().unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
}
