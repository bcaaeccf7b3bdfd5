//! A sandbox and a browser that looks at it, for one test.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::{Value, json};
use wechatpay_sandbox::Server;

use crate::common::{Client, connection};
use crate::driver::Browser;
use crate::network::{Network, problems};
use crate::session::Session;

/// A new sandbox, and the browser. Its window is empty at first.
pub(crate) struct Page<'a> {
    pub(crate) session: &'a Session,
    pub(crate) client: Client,
    server: Server,
}

/// Runs a test of the console. At its end, the browser must have loaded everything that the pages name, from the sandbox
/// only, and have nothing to report.
pub(crate) fn look(test: impl FnOnce(&Page<'_>)) {
    with_page(|page| {
        test(page);
        let problems = page.problems();
        assert!(problems.is_empty(), "{problems:#?}");
    });
}

/// Runs a test in which the browser may load anything.
pub(crate) fn with_page(test: impl FnOnce(&Page<'_>)) {
    let Some(browser) = browser() else { return };
    // A test that failed leaves a browser that works.
    let browser = browser.lock().unwrap_or_else(PoisonError::into_inner);
    let session = &browser.session;
    session.navigate("about:blank");
    for (method, parameters) in [
        ("Network.clearBrowserCookies", json!({})),
        ("Network.setExtraHTTPHeaders", json!({ "headers": {} })),
        ("Emulation.setScriptExecutionDisabled", json!({ "value": false })),
        ("Emulation.setEmulatedMedia", json!({ "features": [] })),
        ("Emulation.clearDeviceMetricsOverride", json!({})),
    ] {
        session.command(method, parameters);
    }
    session.log("browser");
    session.log("performance");
    let (server, client) = connection::start();
    test(&Page { session, client, server });
}

/// The browser of all tests. They take turns. It ends with the last of them that runs, so a program whose tests run at the
/// same time starts one.
fn browser() -> Option<Arc<Mutex<Browser>>> {
    static SHARED: Mutex<Weak<Mutex<Browser>>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().or_else(|| {
        let browser = Arc::new(Mutex::new(Browser::start("MAP *.example 127.0.0.1")?));
        *shared = Arc::downgrade(&browser);
        Some(browser)
    })
}

impl Page<'_> {
    pub(crate) fn port(&self) -> u16 {
        self.server.local_addr().port()
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    #[track_caller]
    pub(crate) fn open(&self, path: &str) {
        self.session.navigate(&self.url(path));
    }

    /// The path and query of the page that is shown.
    #[track_caller]
    pub(crate) fn path(&self) -> String {
        let url = self.session.url();
        url.strip_prefix(&self.server.url()).unwrap_or_else(|| panic!("{url}")).to_owned()
    }

    /// What the page loaded since the last call.
    #[track_caller]
    pub(crate) fn network(&self) -> Network {
        Network::read(&self.session.log("performance"))
    }

    /// What is wrong with what the page loaded since the last call.
    #[track_caller]
    pub(crate) fn problems(&self) -> Vec<String> {
        problems(&self.server.url(), &self.network(), &self.session.log("browser"))
    }

    /// Fills a form of the page in, clicks its button, and waits until the page that follows is loaded.
    #[track_caller]
    pub(crate) fn submit(&self, form: &str, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            let field = format!("#form-{form} [name={name:?}]");
            let element = self.session.find(&field);
            match (element.property("tagName").as_str(), element.property("type").as_str()) {
                (Some("SELECT"), _) => {
                    self.session.find(&format!("{field} option[value={value:?}]")).click();
                }
                (_, Some("checkbox")) => element.click(),
                _ => element.write(value),
            }
        }
        self.leave(|| self.session.find(&format!("#form-{form} button")).click());
    }

    /// Waits until the page that follows an action is loaded.
    #[track_caller]
    pub(crate) fn leave(&self, action: impl FnOnce()) {
        self.session.execute("document.documentElement.dataset.left = 'yes'", json!([]));
        action();
        self.session.find("html:not([data-left]) body");
    }

    /// The text of the whole page as it is shown.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        self.session.find("body").text()
    }

    /// The result of a script.
    #[track_caller]
    pub(crate) fn evaluate(&self, script: &str) -> Value {
        self.session.execute(script, json!([]))
    }
}
