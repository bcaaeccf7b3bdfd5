//! Every request is sent exactly as it was signed. The checks read the sent request only.

use std::collections::BTreeMap;

use serde_json::Value;
use wechatpay_core::SecurityEcho;
use wechatpay_core::testing::sendable;

use crate::*;

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let merchant = Merchant::with_key(MCHID.into(), SERIAL_NO, MERCHANT.private.clone()).unwrap();
    Client::new(merchant, PlatformKeys::new()).unwrap()
});

struct Wire;

impl EachOperation for Wire {
    fn operation<O: ArbitraryOperation>(&mut self) {
        proptest!(cases(16), |(operation in sendable::<O>(), stamp: Stamp)| {
            check_signed_request(&operation, stamp)?;
        });
        // Without real signatures more cases are affordable.
        proptest!(cases(64), |(operation in any_arbitrary::<O>(), stamp: Stamp)| {
            match CLIENT.unsigned(&operation, stamp) {
                Ok(unsigned) => {
                    let message = unsigned.message();
                    let request = unsigned.attach(b"").unwrap();
                    prop_assert_eq!(reader::message(&request).map_err(TestCaseError::fail)?, message);
                    check_target_and_body(&operation, &request)?;
                }
                Err(BuildError::Field(field)) => {
                    prop_assert!(!field.field().is_empty() && field.to_string().starts_with(field.field()));
                    prop_assert!(CLIENT.request(&operation, stamp).is_err());
                }
                Err(error) => prop_assert!(false, "{}: rejected without a field name: {error:?}", O::NAME),
            }
        });
    }
}

#[test]
fn every_operation_is_sent_as_signed() {
    each_operation(&mut Wire);
}

fn check_signed_request<O: ArbitraryOperation>(operation: &O, stamp: Stamp) -> Result<(), TestCaseError> {
    let request = CLIENT.request(operation, stamp).unwrap();
    let fail = |error: String| TestCaseError::fail(format!("{}: {error}: {request:?}", O::NAME));

    let message = reader::message(&request).map_err(fail)?;
    prop_assert_eq!(&message, &CLIENT.unsigned(operation, stamp).unwrap().message());
    let fields = reader::authorization(request.headers()["authorization"].as_bytes()).map_err(fail)?;
    let expected =
        [MCHID, stamp.nonce.as_str(), SERIAL_NO, &stamp.unix_seconds.to_string()].map(str::to_owned);
    let found = ["mchid", "nonce_str", "serial_no", "timestamp"].map(|name| fields[name].clone());
    prop_assert_eq!(found, expected);
    let signature = STANDARD.decode(&fields["signature"]).unwrap();
    prop_assert!(MERCHANT.verifies(&message, &signature), "{}", O::NAME);

    check_target_and_body(operation, &request)?;

    let again = CLIENT.request(operation, stamp).unwrap();
    prop_assert_eq!((again.method(), again.uri()), (request.method(), request.uri()));
    prop_assert_eq!((again.headers(), again.body()), (request.headers(), request.body()));
    Ok(())
}

fn check_target_and_body<O: ArbitraryOperation>(
    operation: &O,
    request: &Request<Bytes>,
) -> Result<(), TestCaseError> {
    let fail = |error: String| TestCaseError::fail(format!("{}: {error}: {request:?}", O::NAME));
    prop_assert_eq!(request.method(), O::METHOD);
    let target = request.uri().path_and_query().unwrap().as_str();
    let read = reader::target(target).map_err(fail)?;
    let mut fields = fields(operation);
    let template = O::PATH.strip_prefix('/').unwrap().split('/');
    let segments: Vec<String> = template
        .map(|segment| match segment.strip_prefix('{') {
            Some(name) => text(&fields.remove(name.strip_suffix('}').unwrap()).unwrap()),
            None => segment.to_owned(),
        })
        .collect();
    prop_assert_eq!(&read.segments, &segments, "{}", O::NAME);
    let query: BTreeMap<String, String> = read.query.iter().cloned().collect();
    prop_assert_eq!(query.len(), read.query.len(), "{}: each name once", O::NAME);
    if O::METHOD == Method::GET {
        let expected = fields.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        prop_assert_eq!(query, expected, "{}", O::NAME);
        prop_assert!(request.body().is_empty());
    } else {
        prop_assert!(query.is_empty(), "{}", O::NAME);
        // The bodies of these two differ from their fields; other tests check them.
        if ![SecurityEcho::NAME, UploadMarketingImage::NAME].contains(&O::NAME) {
            let body: BTreeMap<String, Value> = serde_json::from_slice(request.body()).unwrap();
            prop_assert_eq!(body, fields, "{}", O::NAME);
        }
    }

    let printed = request.uri().to_string();
    prop_assert_eq!(&printed, &format!("https://api.mch.weixin.qq.com{target}"));
    let again: Uri = printed.parse().unwrap();
    prop_assert_eq!((&again, again.to_string()), (request.uri(), printed));
    Ok(())
}

/// The fields of an operation that are present, by their names in JSON.
fn fields<O: ArbitraryOperation>(operation: &O) -> BTreeMap<String, Value> {
    let fields: BTreeMap<String, Value> =
        serde_json::from_value(serde_json::to_value(operation).unwrap()).unwrap();
    fields.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// A value as written in a path or query.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
