//! What changes on a page that stays open.

use crate::common::terms;
use crate::page::look;
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
        page.client.add_fault(serde_json::json!({ "fault": "delay" }));
        page.session.find("#live [data-id]");
        assert_eq!(page.evaluate(MARKER), "the same document");
        assert_eq!(page.session.find("#form-add-fault [name=times]").property("value"), "12");
        assert_eq!(page.session.focused().property("name"), "times");
    });
}
