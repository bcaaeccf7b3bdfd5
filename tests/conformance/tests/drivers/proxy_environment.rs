//! Drivers ignore the proxy variables of the environment, so that they cannot redirect requests.

use std::process::Command;

use crate::*;

/// The environment variable with the URL for the test in the child process.
const URL: &str = "WECHATPAY_CONFORMANCE_URL";

#[test]
fn proxies_from_the_environment_are_not_used() {
    let server = Scripted::start(|_| vec![unsigned_wire(404, ""); 2]);
    let proxy = Scripted::start(|_| vec![unsigned_wire(404, "")]);
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "proxy_environment::child_sends_with_every_driver", "--ignored"])
        .env(URL, &server.url);
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        child.env(name, &proxy.url).env(name.to_uppercase(), &proxy.url);
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(proxy.received_nothing());
    assert_eq!(server.all().len(), 2, "each driver sends one request");
}

#[test]
#[ignore = "run by proxies_from_the_environment_are_not_used"]
#[expect(clippy::disallowed_methods, reason = "the child reads its URL from the environment")]
fn child_sends_with_every_driver() {
    let Ok(url) = std::env::var(URL) else { return };
    fn assert_404<D: Driver>(url: &str) {
        let (core, ..) = pair(now());
        let error = D::new(single_attempt_at(&core, url)).send(&query()).unwrap_err();
        assert_eq!(error.api().unwrap().http_status(), 404);
    }
    assert_404::<wechatpay_ureq::Client>(&url);
    assert_404::<Hyper>(&url);
}
