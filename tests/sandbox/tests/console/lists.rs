//! Lists: their rows, their parts, and filters.

use serde_json::Value;

use crate::common::{Call, Client};
use crate::{ask, busy, open};

#[test]
fn a_row_of_a_list_can_be_found_by_its_id() {
    let client = busy();
    for (path, list, id) in [
        ("/_sandbox/requests", "requests", "id"),
        ("/_sandbox/stocks", "data", "stock_id"),
        ("/_sandbox/coupons", "data", "coupon_id"),
        ("/_sandbox/notifications", "data", "id"),
        ("/_sandbox/faults", "faults", "id"),
    ] {
        let json = ask(&client, "GET", path, &[], "").ok();
        let html = open(&client, path, "en");
        let rows = json[list].as_array().unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            let id = match &row[id] {
                Value::String(id) => id.clone(),
                id => id.to_string(),
            };
            assert!(html.contains(&format!("data-id=\"{id}\"")), "{path} {id}");
        }
    }
}

#[test]
fn a_page_of_a_list_begins_with_the_newest_entries() {
    let client = busy();
    let ids = |path: &str| {
        let html = open(&client, path, "en");
        let rows = html.split("data-id=\"").skip(1).map(|row| row.split_once('"').unwrap().0.to_owned());
        rows.collect::<Vec<_>>()
    };
    assert_eq!(ids("/_sandbox/coupons"), ["20000002", "20000001"]);
    assert_eq!(ids("/_sandbox/coupons?limit=1"), ["20000002"]);
    assert_eq!(ids("/_sandbox/coupons?limit=1&offset=0"), ["20000001"]);
    assert_eq!(ids("/_sandbox/coupons?limit=1&offset=5"), [""; 0]);
    assert!(open(&client, "/_sandbox/coupons?limit=1", "en").contains("?limit=1&amp;offset=0\">Older<"));
    assert!(
        open(&client, "/_sandbox/coupons?limit=1&offset=0", "en").contains("?limit=1&amp;offset=1\">Newer<")
    );
    // The JSON begins with the oldest.
    let json = ask(&client, "GET", "/_sandbox/coupons?limit=1", &[], "").ok();
    assert_eq!(json["data"][0]["coupon_id"], "20000001");
}

#[test]
fn a_filter_can_be_cleared() {
    let client = busy();
    for (path, list, is_filtered) in [
        ("/_sandbox/requests?status=401&text=", "/_sandbox/requests", true),
        ("/_sandbox/coupons?stock_id=10000001&limit=1", "/_sandbox/coupons", true),
        // What a form sends that nobody filled in.
        ("/_sandbox/requests?operation=&status=&text=", "/_sandbox/requests", false),
        ("/_sandbox/coupons?limit=1&offset=1", "/_sandbox/coupons", false),
    ] {
        let link = format!("href=\"{list}\">Clear the filter<");
        assert_eq!(open(&client, path, "en").contains(&link), is_filtered, "{path}");
    }
}

#[test]
fn a_list_that_a_filter_empties_does_not_look_like_an_empty_sandbox() {
    let client = busy();
    for (path, says) in [
        ("/_sandbox/requests?status=503", "No request matches the filter."),
        ("/_sandbox/coupons?openid=nobody", "No coupon matches the filter."),
    ] {
        assert!(open(&client, path, "en").contains(says), "{path}");
        let list = path.split('?').next().unwrap();
        assert!(!open(&Client::new(), list, "en").contains(says), "{list}");
    }
}

#[test]
fn problems_are_grouped_and_those_that_were_solved_come_last() {
    let client = Client::new();
    let certificates = Call::new("GET", "/v3/certificates", "");
    assert_eq!(client.raw(crate::signed(&certificates, b"something else")).status, 401);
    client.raw(crate::unterminated());
    client.raw(crate::unterminated());
    client.raw(Call::list_of_stocks().request());
    let html = open(&client, "/", "en");
    let problems: Vec<&str> =
        html.split("<li data-id=\"").skip(1).filter(|row| row.contains("newest example")).collect();
    assert_eq!(problems.len(), 2, "{html}");
    assert!(problems[0].starts_with("Z\"") && problems[0].contains(">open<") && problems[0].contains("× 1"));
    assert!(problems[0].contains("href=\"/_sandbox/requests/1\""), "{}", problems[0]);
    assert!(problems[1].starts_with("F1\"") && problems[1].contains(">accepted since<"), "{}", problems[1]);
    assert!(problems[1].contains("× 2") && problems[1].contains("href=\"/_sandbox/requests/3\""));
}
