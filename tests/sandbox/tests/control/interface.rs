//! What all control requests have in common.

use serde_json::{Value, json};

use crate::ask;
use crate::common::Client;

/// The described paths and their operations.
pub(crate) fn paths(client: &Client) -> Vec<(String, Value)> {
    let document = client.control("GET", "/openapi.json").ok();
    let paths = document["paths"].as_object().unwrap();
    paths.iter().map(|(path, operations)| (path.clone(), operations.clone())).collect()
}

#[test]
fn the_description_has_every_path_with_its_parameters() {
    let client = Client::new();
    let document = client.control("GET", "/openapi.json").ok();
    assert_eq!((&document["openapi"], document["info"]["version"].is_string()), (&"3.1.0".into(), true));
    let known = paths(&client);
    for path in [
        "/",
        "/_sandbox/livez",
        "/_sandbox/requests/{id}",
        "/_sandbox/state/export",
        "/_sandbox/coupons/{coupon_id}/redeem",
    ] {
        assert!(known.iter().any(|(known, _)| known == path), "{path}");
    }
    let names: Vec<&Value> = document["paths"]["/_sandbox/coupons"]["get"]["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| &parameter["name"])
        .collect();
    assert_eq!(names, ["stock_id", "openid", "out_request_no", "status", "offset", "limit"]);
    // A path that is described exists, and one that is not is answered with those that are.
    for (path, operations) in &known {
        for method in operations.as_object().unwrap().keys() {
            let reply = ask(&client, &method.to_uppercase(), path, &[]);
            let described_as_missing =
                reply.status == 404 && reply.body.starts_with(b"{\"code\":\"RESOURCE_NOT_EXISTS\"");
            assert!(
                !described_as_missing
                    || !reply.json["message"].as_str().unwrap().contains("unknown control request"),
                "{method} {path}: {reply:?}"
            );
        }
    }
    let unknown = client.control("GET", "/nothing");
    let message = unknown.assert_error(404, "RESOURCE_NOT_EXISTS").json["message"].to_string();
    assert!(message.contains("GET /_sandbox/requests/{id}"), "{message}");
}

#[test]
fn an_unknown_or_invalid_parameter_is_named_with_its_limit() {
    let client = Client::new();
    for (target, name, says) in [
        ("/requests?limt=1", "limt", "operation, status, refused, text, after, limit"),
        ("/requests?limit=0", "limit", "integer from 1 to 1000"),
        ("/requests?limit=1001", "limit", "integer from 1 to 1000"),
        ("/requests?limit=+5", "limit", "integer from 1 to 1000"),
        ("/requests?after=-1", "after", "integer from 0"),
        ("/requests?after=99999999999999999999", "after", "integer from 0"),
        ("/requests?status=ok", "status", "100 to 599"),
        ("/requests?refused=1", "refused", "true or false"),
        ("/requests?operation=coupon.snd", "operation", "coupon.send"),
        ("/requests?limit=1&limit=2", "limit", "given once only"),
        ("/coupons?status=sent", "status", "SENDED, USED, EXPIRED"),
        ("/coupons?limit=1001", "limit", "1 to 1000"),
        ("/coupons?offset=x", "offset", "integer from 0"),
        ("/coupons?after=1", "after", "stock_id, openid"),
        ("/stocks?stock_id=1", "stock_id", "offset, limit"),
        ("/images?limit=0", "limit", "1 to 1000"),
        ("/state?full=1", "full", "none"),
        ("/livez?x=", "x", "none"),
    ] {
        let reply = client.control("GET", target);
        let detail = reply.assert_param_error();
        assert_eq!((&detail["location"], &detail["field"]), (&"query".into(), &name.into()), "{target}");
        let message = reply.json["message"].as_str().unwrap();
        assert!(message.contains(name) && message.contains(says), "{target}: {message}");
    }
    // An empty value counts as absent.
    client.control("GET", "/requests?operation=&status=&refused=&after=&limit=").ok();
    client.control("GET", "/coupons?stock_id=&openid=&out_request_no=&status=&offset=&limit=").ok();
}

#[test]
fn a_body_may_have_any_content_type_and_errors_point_into_it() {
    let (client, _, coupon) = Client::with_coupon();
    let post = |path: &str, kind: &str, body: &str| {
        let mut request = http::Request::post(format!("/_sandbox{path}"));
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        client.raw(request.body(bytes::Bytes::copy_from_slice(body.as_bytes())).unwrap())
    };
    for kind in ["", "application/json", "text/plain", "application/x-www-form-urlencoded"] {
        post("/clock", kind, "{\"advance_seconds\": 0}").ok();
    }
    for (path, body, field) in [
        ("/clock", "{", ""),
        ("/clock", "[]", ""),
        ("/clock", "null", ""),
        ("/clock", "{\"advance_seconds\": null}", "/advance_seconds"),
        ("/clock", "{}", "/advance_seconds"),
        (
            &format!("/coupons/{coupon}/redeem"),
            "{\"goods_detail\": [{\"goods_id\": null}]}",
            "/goods_detail/0/goods_id",
        ),
        (&format!("/coupons/{coupon}/redeem"), "{\"a/b\": {\"c~\": null}}", "/a~1b/c~0"),
    ] {
        let reply = post(path, "", body);
        assert_eq!(reply.assert_param_error()["field"], field, "{body}");
        assert!(reply.json["message"].as_str().unwrap().is_ascii(), "{body}: {reply:?}");
    }
    // An empty body is an empty object.
    post(&format!("/coupons/{coupon}/redeem"), "", "").ok();
}

#[test]
fn health_and_version_are_json() {
    let client = Client::new();
    for path in ["/livez", "/readyz"] {
        assert_eq!(client.control("GET", path).ok(), json!({ "status": "ok" }));
        let head = client.control("HEAD", path);
        assert_eq!((head.status, head.body.len()), (200, 0));
    }
    let version = client.control("GET", "/version").ok();
    assert_eq!(version, json!({ "name": "wechatpay-sandbox", "version": env!("CARGO_PKG_VERSION") }));
}
