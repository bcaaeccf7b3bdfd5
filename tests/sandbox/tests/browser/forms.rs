//! The forms of the console, filled in by typing and clicking. What they did is read from the control interface.

use serde_json::{Value, json};

use crate::common::{Client, assert_fields, terms};
use crate::page::{Page, look};
use crate::scene::{Scene, wrong_body};

fn coupon(client: &Client, id: &str) -> Value {
    let coupons = client.control("GET", "/coupons?limit=1000").ok();
    let coupons = coupons["data"].as_array().unwrap();
    coupons.iter().find(|coupon| coupon["coupon_id"] == id).unwrap().clone()
}

#[test]
fn a_coupon_is_redeemed_and_refunded() {
    look(|page| {
        let (stock, client) = (page.client.create_and_start(&terms("create-1")), &page.client);
        let id = client.send_ok("o1", &stock, "send-1");
        page.open("/_sandbox/coupons");
        page.leave(|| page.session.find(&format!("[data-id={id:?}] a")).click());
        assert_eq!(page.path(), format!("/_sandbox/coupons/{id}"));

        page.submit(&format!("redeem-{id}"), &[("order_amount", "1234"), ("consume_mchid", "1999999999")]);
        assert_eq!(page.path(), format!("/_sandbox/coupons/{id}"));
        let used = coupon(client, &id);
        assert_eq!(used["status"], "USED");
        assert_fields(&used["consume_information"], json!({ "consume_mchid": "1999999999" }));
        assert!(used.to_string().contains("1234"), "{used}");

        page.submit(&format!("refund-{id}"), &[]);
        assert_eq!(page.path(), format!("/_sandbox/coupons/{id}"));
        assert_ne!(coupon(client, &id), used);
        // What is no longer possible is no longer offered.
        assert_eq!(page.evaluate("return document.querySelectorAll('#main form').length"), 0);
    });
}

#[test]
fn what_cannot_be_done_is_said_in_words() {
    look(|page| {
        let (stock, client) = (page.client.create_and_start(&terms("create-1")), &page.client);
        let id = client.send_ok("o1", &stock, "send-1");
        page.open(&format!("/_sandbox/coupons/{id}"));
        page.submit(&format!("redeem-{id}"), &[("order_amount", "1")]);
        assert!(page.session.find("[role=alert]").text().contains("1000"), "{}", page.text());
        assert_eq!(coupon(client, &id)["status"], "SENDED");
        // The browser calls the status an error; nothing else happened.
        assert_eq!(page.network().iter().filter(|sent| sent.status == Some(400)).count(), 1);
        page.session.log("browser");
    });
}

#[test]
fn the_clock_is_advanced() {
    look(|page| {
        let advanced = || page.client.state()["clock"]["advanced_seconds"].as_u64().unwrap();
        page.open("/_sandbox/clock");
        page.submit("advance", &[("advance_seconds", "90")]);
        assert_eq!(advanced(), 90);
        page.submit("advance-hour", &[]);
        assert_eq!(advanced(), 90 + 3600);
        page.submit("advance-day", &[]);
        assert_eq!(advanced(), 90 + 3600 + 86400);
        // The clock began at midnight in Beijing.
        page.submit("advance-to-ten", &[]);
        assert_eq!(advanced(), 86400 + 10 * 3600);
        assert_eq!(page.path(), "/_sandbox/clock");
        assert!(page.session.find("#live").text().contains("2026-11-24 10:00:00"), "{}", page.text());
    });
}

#[test]
fn a_fault_is_added_and_forgotten() {
    look(|page| {
        let faults = || page.client.control("GET", "/faults").ok();
        page.open("/_sandbox/faults");
        let fault = [
            ("fault", "delay"),
            ("operation", "coupon.send"),
            ("skip", "1"),
            ("times", "2"),
            ("parameters", r#"{"milliseconds": 7}"#),
        ];
        page.submit("add-fault", &fault);
        let added = faults().to_string();
        for part in
            [r#""fault":"delay""#, r#""operation":"coupon.send""#, r#""times":2"#, r#""milliseconds":7"#]
        {
            assert!(added.contains(part), "{part}: {added}");
        }
        for _ in 0..2 {
            page.submit("add-fault", &[("fault", "bad_gateway"), ("operation", "*")]);
        }
        assert_eq!(page.client.state()["faults"], 3);
        let id = page.evaluate("return document.querySelector('#live [data-id]').dataset.id");
        page.submit(&format!("forget-fault-{}", id.as_str().unwrap()), &[]);
        assert_eq!(page.client.state()["faults"], 2);
        assert!(!faults().to_string().contains("delay"), "{}", faults());
        page.submit("clear-faults", &[]);
        assert_eq!(page.client.state()["faults"], 0);
        assert_eq!(page.path(), "/_sandbox/faults");
    });
}

#[test]
fn a_certificate_is_added_and_switched_to() {
    look(|page| {
        let signs = || {
            let keys = page.client.state()["platform_keys"]["certificates"].clone();
            keys.as_array().unwrap().iter().map(|key| key["signs"].as_bool().unwrap()).collect::<Vec<_>>()
        };
        page.open("/_sandbox/clock");
        page.submit("add-certificate", &[]);
        assert_eq!(signs(), [true, false]);
        page.submit("switch-certificate", &[]);
        assert_eq!(signs(), [false, true]);
        page.submit("rotate-certificate", &[]);
        assert_eq!(signs(), [false, false, true]);
        page.submit("public-key-only", &[("public_key_only", "true")]);
        assert_eq!(page.client.state()["platform_keys"]["public_key_only"], true);
        assert_eq!(page.path(), "/_sandbox/clock");
    });
}

#[test]
fn the_certificate_of_the_merchant_expires() {
    look(|page| {
        page.open("/_sandbox/clock");
        page.submit("merchant-certificate", &[("state", "expired")]);
        let stocks = || page.client.raw(crate::common::Call::list_of_stocks().request()).status;
        assert_eq!(stocks(), 401);
        page.submit("merchant-certificate", &[("state", "valid")]);
        assert_eq!(stocks(), 200);
    });
}

#[test]
fn a_callback_is_sent_again() {
    look(|page| {
        let scene = Scene::set(&page.client);
        let id = &scene.notification;
        let path = format!("/_sandbox/notifications/{id}");
        page.open(&path);
        page.submit(&format!("resend-{id}"), &[]);
        assert_eq!(page.path(), path);
        scene.merchant.arrivals(1);
        let attempts = page.client.control("GET", &format!("/notifications/{id}")).ok()["attempts"].clone();
        assert_eq!(attempts, 2);
    });
}

/// Pastes a message, and returns what the page says.
fn compare(page: &Page<'_>, id: u64, message: &str) -> String {
    page.open(&format!("/_sandbox/requests/{id}"));
    page.submit(&format!("compare-{id}"), &[("message", message)]);
    let request =
        page.client.control_post(&format!("/requests/{id}/compare"), json!({ "message": message })).ok();
    let (text, says) = (page.text(), request["says"].as_str().unwrap().to_owned());
    assert!(text.contains(&says), "{says}: {text}");
    says
}

#[test]
fn a_pasted_message_is_compared() {
    look(|page| {
        let stock = page.client.create_and_start(&terms("create-1"));
        let (id, signed) = wrong_body(&page.client, &stock);
        // A text that is typed into a form has no final newline by itself.
        assert!(compare(page, id, &signed).contains("摘要证明"));
        assert!(page.text().contains("send-100") && page.text().contains("send-101"), "{}", page.text());
        assert!(compare(page, id, signed.trim_end()).contains("补上末尾的换行符"));
        assert!(compare(page, id, &signed.replace("send-100", "send-102")).contains("摘要不符"));
    });
}

#[test]
fn requests_are_filtered() {
    look(|page| {
        let scene = Scene::set(&page.client);
        page.open("/_sandbox/requests");
        let ids = || {
            page.evaluate(
                "return [...document.querySelectorAll('#live [data-id]')].map((row) => +row.dataset.id)",
            )
        };
        let all: Vec<u64> = serde_json::from_value(ids()).unwrap();
        assert!(all.contains(&scene.accepted) && all.is_sorted_by(|newer, older| newer > older), "{all:?}");
        page.open("/_sandbox/requests?refused=true");
        let refused: Vec<u64> = serde_json::from_value(ids()).unwrap();
        assert!(refused.contains(&scene.refused) && !refused.contains(&scene.accepted), "{refused:?}");
    });
}

#[test]
fn everything_is_forgotten() {
    look(|page| {
        Scene::set(&page.client);
        page.open("/_sandbox/state");
        // The browser asks to check the box first.
        page.evaluate(
            "document.addEventListener('invalid', (event) => { window.asked = event.target.name; }, true)",
        );
        page.session.find("#form-reset button").click();
        assert_eq!(page.evaluate("return window.asked"), "confirmed");
        assert_ne!(page.client.state()["stocks"], 0);
        page.submit("reset", &[("confirmed", "true")]);
        assert_fields(&page.client.state(), json!({ "stocks": 0, "coupons": 0, "journal": 0, "faults": 0 }));
        assert_eq!(page.path(), "/_sandbox/state");
    });
}
