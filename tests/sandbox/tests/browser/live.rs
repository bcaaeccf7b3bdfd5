//! What the script of the console does.

use serde_json::json;

use crate::common::terms;
use crate::page::{look, with_page};
use crate::scene::{newest, without_query};

const MARK: &str = "window.marker = 'the same document'";
const MARKER: &str = "return window.marker";

#[test]
fn a_request_that_arrives_appears_without_reloading() {
    look(|page| {
        for path in ["/_sandbox/requests", "/"] {
            page.open(path);
            page.evaluate(MARK);
            page.client.create(&terms("create-1"));
            let id = newest(&page.client);
            page.session.find(&format!("#live [data-id=\"{id}\"]"));
            let id = without_query(&page.client);
            page.session.find(&format!("#live [data-id=\"{id}\"]"));
            assert_eq!(page.evaluate(MARKER), "the same document", "{path}");
        }
    });
}

#[test]
fn what_is_typed_stays_when_something_happens() {
    look(|page| {
        page.open("/_sandbox/faults");
        page.session.find("#form-add-fault [name=times]").write("12");
        page.evaluate(MARK);
        page.client.add_fault(json!({ "fault": "delay" }));
        page.session.find("#live [data-id]");
        assert_eq!(page.evaluate(MARKER), "the same document");
        assert_eq!(page.session.find("#form-add-fault [name=times]").property("value"), "12");
        assert_eq!(page.session.focused().property("name"), "times");
    });
}

#[test]
fn a_message_is_copied_as_it_was_signed() {
    look(|page| {
        let id = without_query(&page.client);
        let clipboard = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        page.session.command("Browser.grantPermissions", clipboard);
        page.open(&format!("/_sandbox/requests/{id}"));
        for name in ["expected_message", "curl"] {
            let button = format!(".copy[data-copy=\"/{name}\"]");
            let change = "
                const button = document.querySelector(args[0]);
                window.copied = new Promise((done) => new MutationObserver(done).observe(button, { childList: true }));
            ";
            page.session.execute(change, json!([button]));
            page.session.find(&button).click();
            let copied = page.evaluate("await window.copied; return navigator.clipboard.readText()");
            let expected = page.client.control("GET", &format!("/requests/{id}")).ok()[name].take();
            // The page has the URL under which it was opened; this client names none.
            let expected =
                expected.as_str().unwrap().replacen("curl '", &format!("curl '{}", page.url("")), 1);
            assert_eq!(copied, expected, "{name}");
        }
    });
}

/// A browser opens six connections to a host, and events keep one.
#[test]
fn many_pages_can_be_open_at_the_same_time() {
    with_page(|page| {
        let mut left = Vec::new();
        for _ in 0..8 {
            page.open("/_sandbox/requests");
            left.push(page.session.open_tab());
        }
        page.open("/_sandbox/requests");
        page.client.create(&terms("create-1"));
        page.session.find(&format!("#live [data-id=\"{}\"]", newest(&page.client)));
        // What happened behind it is shown on a page that comes back.
        for tab in left.iter().rev() {
            page.session.close_tab(tab);
            page.session.find(&format!("#live [data-id=\"{}\"]", newest(&page.client)));
        }
    });
}
