//! Where requests go is said in the program. Whoever can set a variable of its environment cannot lead them elsewhere.

use std::process::Command;

use crate::*;

/// Tells the other test, in its own process, where to send to.
const URL: &str = "WECHATPAY_CONFORMANCE_URL";

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let server = Scripted::start(|_| vec![unsigned_wire(404, ""); 2]);
    let proxy = Scripted::start(|_| vec![unsigned_wire(404, "")]);
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "proxy_environment::sends_by_every_driver", "--ignored"]).env(URL, &server.url);
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        child.env(name, &proxy.url).env(name.to_uppercase(), &proxy.url);
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(proxy.received_nothing());
    assert_eq!(server.all().len(), 2, "one by each driver");
}

#[test]
#[ignore = "the other test calls it"]
#[expect(clippy::disallowed_methods, reason = "how it is told")]
fn sends_by_every_driver() {
    let Ok(url) = std::env::var(URL) else { return };
    fn answered_404<D: Driver>(url: &str) {
        let (core, ..) = pair(now());
        let error = D::new(single_attempt_at(&core, url)).send(&query()).unwrap_err();
        assert_eq!(error.api().unwrap().http_status(), 404);
    }
    answered_404::<wechatpay_ureq::Client>(&url);
    answered_404::<Hyper>(&url);
}
