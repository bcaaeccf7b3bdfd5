//! The signed message of every operation, compared with golden files that were written without this code. Targets and
//! bodies are the examples of the documentation, encoded by the standard library of another language.
//!
//! The first line of a file is the operation as JSON. The other lines are the signed message.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wechatpay_core::testing::{ArbitraryOperation, EachOperation, each_operation};

use crate::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The operation in a golden file, and its expected message.
pub(crate) fn golden<O: ArbitraryOperation>() -> (O, String) {
    let file = folder().join(format!("{}.txt", O::NAME));
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let (json, message) = text.split_once('\n').unwrap();
    let operation: O = serde_json::from_str(json).unwrap_or_else(|error| panic!("{}: {error}", O::NAME));
    assert_eq!(serde_json::to_string(&operation).unwrap(), json, "{}", O::NAME);
    (operation, message.to_owned())
}

struct Golden(BTreeSet<String>);

impl EachOperation for Golden {
    fn operation<O: ArbitraryOperation>(&mut self) {
        self.0.insert(format!("{}.txt", O::NAME));
        let (operation, expected) = golden::<O>();
        let client = official_client(PROVIDERS[0]);
        let message = client.unsigned(&operation, stamp()).unwrap().message();
        assert_eq!(String::from_utf8(message).unwrap(), expected, "{}", O::NAME);

        // The request is sent as it was signed.
        let request = client.request(&operation, stamp()).unwrap();
        let mut parts = expected.splitn(5, '\n');
        assert_eq!(request.method().as_str(), parts.next().unwrap());
        assert_eq!(request.uri().path_and_query().unwrap().as_str(), parts.next().unwrap());
        assert_eq!(request.uri().host(), Some("api.mch.weixin.qq.com"));
        let body = parts.nth(2).unwrap().strip_suffix('\n').unwrap();
        let content_type = request.headers().get("content-type").map(|value| value.to_str().unwrap());
        // Only one part of a form is signed. `lists_and_images.rs` checks the complete form.
        if !content_type.is_some_and(|kind| kind.starts_with("multipart/form-data;")) {
            assert_eq!(request.body(), body.as_bytes());
            assert_eq!(content_type, (!body.is_empty()).then_some("application/json"));
        }
        assert_eq!(request.headers()["accept"], "application/json");
        assert!(request.headers().contains_key("user-agent"));
        assert!(request.headers()["authorization"].is_sensitive());
    }
}

#[test]
fn every_operation_has_its_golden_message() {
    let mut golden = Golden(BTreeSet::new());
    each_operation(&mut golden);
    let files =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.collect::<BTreeSet<_>>(), golden.0, "there must be exactly one file for each operation");
}

/// The official example violates documented rules, such as budget = amount × count. It must be sent nevertheless.
#[test]
fn the_official_example_breaks_documented_rules() {
    let broken = golden::<CreateCouponStock>().0.check(None);
    assert!(broken.iter().any(|problem| problem.field() == "stock_use_rule.max_amount"), "{broken:?}");
}

#[test]
fn options_that_are_not_set_are_not_sent() {
    fn body(operation: &impl Operation) -> String {
        String::from_utf8(operation.parts().unwrap().body().bytes().to_vec()).unwrap()
    }
    let callback = SetCallback::new("9856888".into(), "https://pay.weixin.qq.com");
    assert_eq!(body(&callback), r#"{"mchid":"9856888","notify_url":"https://pay.weixin.qq.com"}"#);
    let merchants = ModifyAvailableMerchants::new("1".into(), "2".into()).add_mchid_list(["3".into()]);
    assert_eq!(body(&merchants), r#"{"stock_creator_mchid":"2","add_mchid_list":["3"]}"#);
    let goods = ModifyAvailableSingleitems::new("1".into(), "2".into()).delete_goods_id_list(["g"]);
    assert_eq!(body(&goods), r#"{"stock_creator_mchid":"2","delete_goods_id_list":["g"]}"#);
}
