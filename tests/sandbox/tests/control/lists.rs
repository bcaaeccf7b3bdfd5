//! Lists of stocks, coupons and images.

use serde_json::{Value, json};

use crate::common::{Client, DAY, terms};

/// Two stocks, one of which ends in eight days, and six coupons of two users. The second and the fifth are used.
fn client() -> (Client, [String; 2]) {
    let client = Client::new();
    let mut longer = terms("create-2");
    longer["available_end_time"] = "2026-12-31T23:59:59+08:00".into();
    let stocks = [client.create_and_start(&terms("create-1")), client.create_and_start(&longer)];
    for (number, user, stock) in
        [(1, "o1", 0), (2, "o1", 0), (3, "o2", 0), (4, "o2", 1), (5, "o1", 1), (6, "o2", 1)]
    {
        let coupon = client.send_ok(user, &stocks[stock], &format!("send-{number}"));
        if matches!(number, 2 | 5) {
            client.redeem(&coupon).ok();
        }
    }
    (client, stocks)
}

/// The numbers of the coupons of a list.
fn numbers(list: &Value) -> Vec<&str> {
    let data = list["data"].as_array().unwrap();
    data.iter()
        .map(|coupon| coupon["out_request_no"].as_str().unwrap().strip_prefix("send-").unwrap())
        .collect()
}

#[test]
fn coupons_are_filtered_and_paged() {
    let (client, [first, second]) = client();
    for (query, total, expected) in [
        ("", 6, "1 2 3 4 5 6"),
        (&format!("stock_id={first}"), 3, "1 2 3"),
        (&format!("stock_id={second}"), 3, "4 5 6"),
        ("stock_id=99", 0, ""),
        ("stock_id=x", 0, ""),
        ("openid=o1", 3, "1 2 5"),
        ("openid=nobody", 0, ""),
        ("out_request_no=send-3", 1, "3"),
        ("out_request_no=send-9", 0, ""),
        ("out_request_no=send-3&openid=o1", 0, ""),
        ("out_request_no=send-3&openid=o2", 1, "3"),
        (&format!("out_request_no=send-3&stock_id={second}"), 0, ""),
        (&format!("openid=o1&stock_id={second}"), 1, "5"),
        ("status=USED", 2, "2 5"),
        ("status=SENDED", 4, "1 3 4 6"),
        ("status=EXPIRED", 0, ""),
        (&format!("status=SENDED&openid=o2&stock_id={second}"), 2, "4 6"),
        ("status=SENDED&out_request_no=send-2", 0, ""),
        ("limit=2", 6, "1 2"),
        // Counted in entries, not in pages.
        ("offset=1&limit=2", 6, "2 3"),
        ("offset=5&limit=2", 6, "6"),
        ("offset=6", 6, ""),
        ("offset=18446744073709551615", 6, ""),
        ("status=SENDED&offset=1&limit=2", 4, "3 4"),
        ("status=SENDED&offset=4", 4, ""),
        ("openid=o1&offset=2&limit=1", 3, "5"),
    ] {
        let list = client.control("GET", &format!("/coupons?{query}")).ok();
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!((&list["total_count"], numbers(&list)), (&total.into(), expected), "{query}");
    }
    let list = client.control("GET", "/coupons?offset=3&limit=2").ok();
    assert_eq!((&list["offset"], &list["limit"]), (&3.into(), &2.into()));
    assert_eq!(client.control("GET", "/coupons").ok()["limit"], 20);
}

#[test]
fn the_status_of_coupons_is_that_of_the_platforms_time() {
    let (client, [first, _]) = client();
    client.advance(10 * DAY);
    for (query, expected) in [
        ("status=EXPIRED", "1 3"),
        ("status=SENDED", "4 6"),
        ("status=USED", "2 5"),
        (&format!("status=SENDED&stock_id={first}"), ""),
        (&format!("status=EXPIRED&openid=o1&stock_id={first}"), "1"),
    ] {
        let list = client.control("GET", &format!("/coupons?{query}")).ok();
        assert_eq!(numbers(&list), expected.split_whitespace().collect::<Vec<_>>(), "{query}");
        let status = query.split(['=', '&']).nth(1).unwrap();
        assert!(list["data"].as_array().unwrap().iter().all(|coupon| coupon["status"] == status), "{list}");
    }
}

#[test]
fn pages_fit_together() {
    let (client, _) = client();
    let all = client.export()["coupons"].take();
    for query in ["", "&status=SENDED", "&openid=o2"] {
        let whole = client.control("GET", &format!("/coupons?limit=1000{query}")).ok()["data"].take();
        let mut pages = Vec::new();
        for offset in 0..7 {
            let page = client.control("GET", &format!("/coupons?limit=1&offset={offset}{query}")).ok();
            pages.extend(page["data"].as_array().unwrap().clone());
        }
        assert_eq!(json!(pages), whole, "{query}");
        if query.is_empty() {
            assert_eq!(whole, all);
        }
    }
}

#[test]
fn stocks_are_paged_with_their_number_and_uses() {
    let (client, [first, second]) = client();
    let list = client.control("GET", "/stocks").ok();
    let expected = |id: &str, number: &str| {
        let mut stock = client.query_stock(id).ok();
        stock["out_request_no"] = number.into();
        stock["used_coupons"] = 1.into();
        stock["spent_amount"] = 1500.into();
        stock["ended"] = false.into();
        stock
    };
    assert_eq!(list["data"], json!([expected(&first, "create-1"), expected(&second, "create-2")]));
    let page = client.control("GET", "/stocks?offset=1&limit=1").ok();
    assert_eq!((&page["total_count"], &page["data"]), (&2.into(), &json!([expected(&second, "create-2")])));
    let past = client.control("GET", "/stocks?offset=2").ok();
    assert_eq!((&past["total_count"], &past["data"]), (&2.into(), &json!([])));
}

#[test]
fn an_empty_list_has_the_same_members() {
    for list in ["stocks", "coupons", "images"] {
        let list = Client::new().control("GET", &format!("/{list}")).ok();
        assert_eq!(list, json!({ "total_count": 0, "data": [], "offset": 0, "limit": 20 }));
    }
}
