//! Flow files: their availability, their content, and the links to them.

use http::HeaderValue;
use serde_json::{Value, json};

use crate::common::{Call, Client, DAY, END, FAVOR, NOW, Reply, assert_fields, credentials, terms, with};

const HOUR: u64 = 60 * 60;
/// 2026-12-01T10:00:00+08:00.
const AVAILABLE: u64 = END + 1 + 10 * HOUR;
const ORIGIN: &str = "https://api.mch.weixin.qq.com";

// Written by hand after the documented sample, with LF instead of CRLF.
const USE: &str = include_str!("flow_files/use.csv");
const REFUND: &str = include_str!("flow_files/refund.csv");
const USE_DAY: &str = include_str!("flow_files/use_day.csv");
const REFUND_DAY: &str = include_str!("flow_files/refund_day.csv");
// Hashes of the files with CRLF, computed by Python's hashlib.
const USE_SHA1: &str = "63fd328fbaf825c0a7462df4d40b93f93bf89174";
const REFUND_SHA1: &str = "876524d009733cf2c0f3cfa67448f6d2090c95fd";
const USE_DAY_SHA1: &str = "c8779422940d93a995ab82f9256cb6271ef19111";
const REFUND_DAY_SHA1: &str = "664720bfdbe1cee02278e2761cbe5fd16020f0b5";

/// Returns a stock with two coupons that were redeemed on 2026-11-23, the second one first. The payment of the first
/// one was refunded on the next day.
fn campaign() -> (Client, String) {
    let (mut client, stock) = Client::with_stock();
    let coupons = [client.send_ok("o1", &stock, "send-1"), client.send_ok("o1", &stock, "send-2")];
    client.send_ok("o2", &stock, "send-3");
    client.now = NOW + 120;
    redeem(&client, &coupons[1], &json!({ "consume_mchid": "1888888888" })).ok();
    client.now = NOW + 180;
    let goods = json!([{ "goods_id": "a_goods1", "quantity": 7, "price": 1, "discount_amount": 4 }]);
    let payment = json!({ "order_amount": 2005, "consume_mchid": "1999999999", "goods_detail": goods });
    redeem(&client, &coupons[0], &payment).ok();
    client.now = NOW + DAY + HOUR;
    client.control("POST", &format!("/coupons/{}/refund", coupons[0])).ok();
    (client, stock)
}

fn redeem(client: &Client, coupon: &str, payment: &Value) -> Reply {
    client.control_post(&format!("/coupons/{coupon}/redeem"), payment.clone())
}

fn whole_flow(client: &Client, stock: &str, flow: &str) -> Reply {
    client.get(&format!("/stocks/{stock}/{flow}"))
}

fn day_flow(client: &Client, stock: &str, flow: &str, date: &str) -> Reply {
    client.get(&format!("/stocks/{stock}/{flow}-by-day?bill_date={date}"))
}

fn both_links(client: &Client, stock: &str) -> [Value; 2] {
    [whole_flow(client, stock, "use-flow").ok(), day_flow(client, stock, "use-flow", "2026-11-23").ok()]
}

/// Returns this many links to the same file.
pub(crate) fn links(number: usize) -> Vec<String> {
    let (mut client, stock) = campaign();
    client.now = AVAILABLE;
    (0..number).map(|_| target(&both_links(&client, &stock)[1]).to_owned()).collect()
}

fn target(link: &Value) -> &str {
    link["url"].as_str().unwrap().strip_prefix(ORIGIN).unwrap()
}

fn download(client: &Client, target: &str) -> Reply {
    client.raw(client.call_now("GET", target, "").request())
}

#[track_caller]
fn assert_file(reply: &Reply, file: &str) {
    assert_eq!(reply.status, 200);
    assert_eq!(std::str::from_utf8(&reply.body).unwrap(), file.replace('\n', "\r\n"));
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
    let signed = reply.headers.keys().any(|name| name.as_str().starts_with("wechatpay-"));
    assert!(!signed, "{reply:?}");
}

#[track_caller]
fn assert_invalid_link(reply: &Reply) {
    reply.assert_unsigned().assert_error(400, "INVALID_REQUEST");
}

#[test]
fn flow_files_of_a_stock_have_the_documented_bytes() {
    let (mut client, stock) = campaign();
    client.now = AVAILABLE;
    for (flow, file, hash) in [("use-flow", USE, USE_SHA1), ("refund-flow", REFUND, REFUND_SHA1)] {
        // `get` asserts that this response is signed.
        let link = whole_flow(&client, &stock, flow).ok();
        assert_fields(&link, json!({ "hash_type": "SHA1", "hash_value": hash }));
        assert!(target(&link).starts_with("/v3/billdownload/file?token="), "{link}");
        assert_file(&download(&client, target(&link)), file);
    }
}

#[test]
fn flow_files_of_a_day_have_more_columns_and_another_path() {
    let (mut client, stock) = campaign();
    client.now = NOW + 2 * DAY;
    for (flow, date, name, file, hash, count) in [
        ("use-flow", "2026-11-23", "useflow", USE_DAY, USE_DAY_SHA1, "2"),
        ("refund-flow", "2026-11-24", "refundflow", REFUND_DAY, REFUND_DAY_SHA1, "1"),
    ] {
        let link = day_flow(&client, &stock, flow, date).ok();
        let expected = json!({ format!("stock_{name}_hash"): hash, format!("stock_{name}_count"): count });
        assert_fields(&link, expected);
        assert!(target(&link).starts_with("/mkt/storage/bill/download?bill_params="), "{link}");
        assert_file(&download(&client, target(&link)), file);
    }
}

#[test]
fn the_flow_of_a_stock_is_available_at_10_on_the_day_after_its_end() {
    let (mut client, stock) = campaign();
    let later = with(terms("create-2"), "/available_begin_time", "2026-11-25T00:00:00+08:00");
    let unused = client.create(&later);
    client.change_status(&unused, "stop").ok();
    client.now = AVAILABLE - 1;
    for flow in ["use-flow", "refund-flow"] {
        let reply = whole_flow(&client, &stock, flow);
        assert_eq!(reply.assert_error(404, "RESOURCE_NOT_EXISTS").json["message"], "账单文件不存在");
        whole_flow(&client, "99", flow).assert_error(404, "RESOURCE_NOT_EXISTS");
    }
    client.now = AVAILABLE;
    for flow in ["use-flow", "refund-flow"] {
        whole_flow(&client, &stock, flow).ok();
        // No coupon of this stock was used.
        let reply = whole_flow(&client, &unused, flow);
        assert_eq!(reply.assert_error(404, "RESOURCE_NOT_EXISTS").json["message"], "账单文件不存在");
    }
}

#[test]
fn dates_out_of_range_are_rejected_with_the_documented_internal_code() {
    let (mut client, stock) = campaign();
    client.now = NOW + 2 * DAY - 1;
    let assert_rejected = |client: &Client, flow: &str, date: &str, code: (u16, &str), number: &str| {
        day_flow(client, &stock, flow, date).assert_error(code.0, code.1).assert_internal_code(number);
    };
    let (beyond, none) = ((400, "PARAM_ERROR"), (404, "RESOURCE_NOT_EXISTS"));
    for flow in ["use-flow", "refund-flow"] {
        // Today, tomorrow, and the day before the stock begins.
        for date in ["2026-11-24", "2026-11-25", "2026-11-22"] {
            assert_rejected(&client, flow, date, beyond, "268573590");
        }
        for date in ["2026-02-30", "2026-11-1", "20261123", "2026-11-23T00:00:00", "x"] {
            let reply = day_flow(&client, &stock, flow, date);
            assert_eq!(reply.assert_param_error()["field"], "bill_date", "{date}");
        }
        client.get(&format!("/stocks/{stock}/{flow}-by-day")).assert_param_error();
        client.get(&format!("/stocks/99/{flow}-by-day?bill_date=2026-11-23")).assert_error(404, none.1);
    }
    day_flow(&client, &stock, "use-flow", "2026-11-23").ok();
    assert_rejected(&client, "refund-flow", "2026-11-23", none, "268586003");
    client.now += 1;
    assert_rejected(&client, "use-flow", "2026-11-24", none, "268586001");
    day_flow(&client, &stock, "refund-flow", "2026-11-24").ok();
    // After the end of the stock.
    client.now = END + 2 * DAY;
    assert_rejected(&client, "use-flow", "2026-11-30", none, "268586001");
    assert_rejected(&client, "use-flow", "2026-12-01", beyond, "268573590");
    client.now = NOW + 366 * DAY - 1;
    day_flow(&client, &stock, "use-flow", "2026-11-23").ok();
    client.now += 1;
    assert_rejected(&client, "use-flow", "2026-11-23", beyond, "268573590");
}

#[test]
fn a_link_is_valid_for_30_seconds_of_the_real_time() {
    let (mut client, stock) = campaign();
    client.advance(10 * DAY);
    let links = both_links(&client, &stock);
    client.advance(DAY);
    client.now += 29;
    for link in &links {
        // A link can be used several times.
        for _ in 0..2 {
            assert_eq!(download(&client, target(link)).status, 200);
        }
    }
    client.now += 1;
    for link in &links {
        assert_invalid_link(&download(&client, target(link)));
    }
}

#[test]
fn a_changed_link_is_rejected() {
    let (mut client, stock) = campaign();
    client.now = AVAILABLE;
    let (one, other) =
        (whole_flow(&client, &stock, "use-flow").ok(), whole_flow(&client, &stock, "use-flow").ok());
    assert_ne!(one["url"], other["url"]);
    let token = target(&one).rsplit_once('=').unwrap().1;
    assert_eq!(token.len(), 32);
    for target in [
        "/v3/billdownload/file".to_owned(),
        "/v3/billdownload/file?token=".to_owned(),
        format!("/v3/billdownload/file?token={}", "A".repeat(32)),
        format!("/mkt/storage/bill/download?bill_params={token}"),
    ] {
        assert_invalid_link(&download(&client, &target));
    }
}

#[test]
fn a_download_must_be_signed() {
    let (mut client, stock) = campaign();
    client.now = AVAILABLE;
    let links = both_links(&client, &stock);
    for link in &links {
        let call = client.call_now("GET", target(link), "");
        let mut unsigned = call.request();
        unsigned.headers_mut().remove("authorization");
        client.raw(unsigned).assert_unsigned().assert_error(401, "SIGN_ERROR");

        // The signature covers the token.
        let (path, _) = target(link).split_once('?').unwrap();
        let mut wrong = call.request();
        let of_path = Call { target: path.to_owned(), ..call };
        wrong.headers_mut().insert("authorization", HeaderValue::try_from(of_path.authorization()).unwrap());
        client.raw(wrong).assert_unsigned().assert_error(401, "SIGN_ERROR");

        assert_eq!(download(&client, target(link)).status, 200);
    }
}

#[test]
fn a_link_has_the_origin_of_the_request() {
    let (mut client, stock) = campaign();
    client.now = AVAILABLE;
    let path = format!("{FAVOR}/stocks/{stock}/use-flow");
    let request = || client.call_now("GET", &path, "").request();
    let origin = |request| {
        let link = client.raw(request).ok();
        link["url"].as_str().unwrap().split_once("/v3/").unwrap().0.to_owned()
    };
    assert_eq!(origin(request()), ORIGIN);
    let with_host = |host: &[u8]| {
        let mut request = request();
        request.headers_mut().insert("host", HeaderValue::from_bytes(host).unwrap());
        request
    };
    assert_eq!(origin(with_host(b"127.0.0.1:8700")), "http://127.0.0.1:8700");
    // An invalid host counts as none.
    assert_eq!(origin(with_host(b"a b/\xff")), ORIGIN);
    // An absolute request target takes precedence over the header.
    let mut absolute = with_host(b"127.0.0.1:8700");
    *absolute.uri_mut() = format!("https://pay.example:8443{path}").parse().unwrap();
    assert_eq!(origin(absolute), "https://pay.example:8443");
}

#[test]
fn a_payment_is_shown_in_the_coupon_and_its_refund_in_the_state() {
    let (client, _) = campaign();
    let consumed = json!({
        "consume_time": "2026-11-23T00:03:00+08:00", "consume_mchid": "1999999999",
        "transaction_id": "4200000000000000000020000001",
        "goods_detail": [{ "goods_id": "a_goods1", "quantity": 7, "price": 1, "discount_amount": 4 }],
    });
    // After the refund, the coupon is still USED.
    let shown =
        json!({ "status": "USED", "consume_information": consumed, "order_amount": null, "refund": null });
    assert_fields(&client.query_coupon("o1", "20000001").ok(), shown);

    let coupons = client.export()["coupons"].take();
    let refund =
        json!({ "refund_id": "5000000000000000000020000001", "refund_time": "2026-11-24T01:00:00+08:00" });
    let known = json!({ "consume_information": consumed, "order_amount": 2005, "refund": refund });
    assert_fields(&coupons[0], known);
    assert_fields(&coupons[1], json!({ "order_amount": 1000, "refund": null }));
    assert_fields(&coupons[2], json!({ "order_amount": null, "refund": null }));
}

#[test]
fn only_a_used_coupon_can_be_refunded_and_only_once() {
    let (client, _) = campaign();
    let refund = |coupon: &str| client.control("POST", &format!("/coupons/{coupon}/refund"));
    refund("20000003").assert_error(409, "INVALID_REQUEST");
    refund("20000001").assert_error(409, "INVALID_REQUEST");
    refund("99").assert_error(404, "RESOURCE_NOT_EXISTS");
    refund("20000002").ok();
    redeem(&client, "20000002", &json!({})).assert_error(409, "INVALID_REQUEST");
}

#[test]
fn an_invalid_payment_is_rejected_and_does_not_use_the_coupon() {
    let (client, _) = campaign();
    for payment in [
        json!({ "order_amount": 999 }),
        json!({ "order_amount": "2000" }),
        json!({ "consume_mchid": "" }),
        json!({ "consume_mchid": "a,b" }),
        json!({ "consume_mchid": "1".repeat(21) }),
        json!({ "goods_detail": [{ "quantity": 1 }] }),
        json!({ "goods_detail": {} }),
        json!({ "amount": 2000 }),
        json!([]),
    ] {
        redeem(&client, "20000003", &payment).assert_param_error();
    }
    assert_eq!(client.export()["coupons"][2]["status"], "SENDED");
    redeem(&client, "20000003", &json!({})).ok();
}

#[test]
fn a_stock_for_goods_has_another_coupon_type_in_the_flow_file() {
    let mut client = Client::new();
    let stock =
        client.create_and_start(&with(terms("create-1"), "/coupon_use_rule/available_items", json!(["a"])));
    let coupon = client.send_ok("o1", &stock, "send-1");
    client.redeem(&coupon).ok();
    client.now = AVAILABLE;
    let file = download(&client, target(&whole_flow(&client, &stock, "use-flow").ok())).body;
    let file = std::str::from_utf8(&file).unwrap();
    assert!(file.contains("`20000001,`单品代金券,`5.00,`10.00,"), "{file}");
    assert!(file.contains(&format!(",`{},\"sandbox\",", credentials().mchid())), "{file}");
}
