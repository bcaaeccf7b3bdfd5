//! Lists of the merchants and goods for which coupons are valid.

use serde_json::{Value, json};

use crate::common::{Client, creator_query, terms, with};

#[test]
fn merchants_are_listed_by_page_with_integers() {
    let client = Client::new();
    let merchants = ["1999999991", "1999999992", "1999999993"];
    let stock =
        client.create(&with(terms("create-1"), "/coupon_use_rule/available_merchants", json!(merchants)));
    let list = |query: &str| client.get(&format!("/stocks/{stock}/merchants?{}{query}", creator_query()));
    assert_eq!(
        list("&offset=0&limit=2").ok(),
        json!({
            "stock_id": stock, "total_count": 3, "offset": 0, "limit": 2,
            "data": ["1999999991", "1999999992"],
        })
    );
    // The offset is the number of a page, not of a row.
    let second = list("&offset=1&limit=2").ok();
    assert_eq!(second["data"], json!(["1999999993"]));
    assert_eq!(second["offset"], 1);
    assert_eq!(list("&offset=0&limit=50").ok()["data"], json!(merchants));
    list("&offset=2&limit=2").assert_error(404, "RESOURCE_NOT_EXISTS");
    list("&offset=1000&limit=50").assert_error(404, "RESOURCE_NOT_EXISTS");
}

#[test]
fn items_are_listed_by_page_with_integers() {
    let client = Client::new();
    let stock =
        client.create(&with(terms("create-1"), "/coupon_use_rule/available_items", json!(["a", "b", "c"])));
    let list = |query: &str| client.get(&format!("/stocks/{stock}/items?{}{query}", creator_query()));
    assert_eq!(
        list("&offset=1&limit=2").ok(),
        json!({ "stock_id": stock, "total_count": 3, "offset": 1, "limit": 2, "data": ["c"] })
    );
    assert_eq!(list("&offset=0&limit=100").ok()["data"], json!(["a", "b", "c"]));
    // A stock for all goods has no items, so `data` is absent.
    let all = client.create(&terms("create-2"));
    let none = client.get(&format!("/stocks/{all}/items?{}&offset=0&limit=10", creator_query())).ok();
    assert_eq!(none, json!({ "stock_id": all, "total_count": 0, "offset": 0, "limit": 10 }));
}

#[test]
fn an_offset_or_limit_out_of_range_is_rejected() {
    let client = Client::new();
    let stock = client.create(&terms("create-1"));
    for (list, query, field, value) in [
        ("merchants", "offset=0&limit=51", "limit", json!(51)),
        ("merchants", "offset=0&limit=0", "limit", json!(0)),
        ("merchants", "offset=1001&limit=50", "offset", json!(1001)),
        ("merchants", "offset=0", "limit", Value::Null),
        ("merchants", "limit=10", "offset", Value::Null),
        ("items", "offset=0&limit=101", "limit", json!(101)),
        ("items", "offset=501&limit=100", "offset", json!(501)),
        ("items", "offset=-1&limit=100", "offset", json!("-1")),
    ] {
        let reply = client.get(&format!("/stocks/{stock}/{list}?{}&{query}", creator_query()));
        let detail = reply.assert_param_error();
        assert_eq!((&detail["field"], &detail["value"]), (&json!(field), &value), "{list} {query}");
    }
}

#[test]
fn only_the_creator_may_list_merchants_and_items() {
    let client = Client::new();
    let stock = client.create(&terms("create-1"));
    for list in ["merchants", "items"] {
        let get =
            |id: &str, query: &str| client.get(&format!("/stocks/{id}/{list}?offset=0&limit=10{query}"));
        get(&stock, "").assert_param_error();
        get(&stock, "&stock_creator_mchid=1999999999").assert_error(400, "INVALID_REQUEST");
        get("99", &format!("&{}", creator_query())).assert_error(404, "RESOURCE_NOT_EXISTS");
    }
}
