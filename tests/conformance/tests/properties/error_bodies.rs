//! Error bodies of any JSON: nothing hides the code and the message, nothing panics, and no rejected value is shown.

use serde_json::{Map, Value, json};

use crate::*;

static CLIENT: LazyLock<Client> = LazyLock::new(|| official_client(&PROVIDER));

/// Any JSON, nested a few levels deep, with the names of the documented members among its names.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        proptest::sample::select(vec![
            "code",
            "message",
            "detail",
            "field",
            "issue",
            "location",
            "sign_information",
            "method",
            "url",
            "truncated_sign_message",
            "sign_message_length",
        ])
        .prop_map(str::to_owned),
        ".{0,4}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A text or an integer as JSON, and the text that it is read as.
fn text_or_integer(max: usize) -> impl Strategy<Value = (Value, String)> {
    prop_oneof![
        proptest::collection::vec(any::<char>(), 0..=max / 4)
            .prop_map(|chars| chars.into_iter().collect::<String>())
            .prop_map(|text| (json!(text), text)),
        any::<i64>().prop_map(|number| (json!(number), number.to_string())),
        any::<u64>().prop_map(|number| (json!(number), number.to_string())),
    ]
}

/// Values that cannot occur anywhere else in a body.
const SECRET: &str = "SECRET\u{1f510}";

fn any_secret() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(SECRET)),
        Just(json!([SECRET, { "x": SECRET }])),
        Just(json!({ "value": SECRET, "detail": { "issue": SECRET } })),
    ]
}

fn error_of(status: u16, body: &str) -> Error {
    let openid = format!("o{SECRET}");
    let send = SendCoupon::new(RequiredCouponFields {
        openid: openid.as_str().into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "1".into(),
        out_request_no: "n-1".into(),
    });
    CLIENT.response(&send, &unsigned(status, body), NOW).unwrap_err()
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_member_hides_the_code_or_the_message(
        status in 300_u16..600,
        (code, code_text) in text_or_integer(128),
        (message, message_text) in text_or_integer(4096),
        rest in proptest::collection::btree_map(".{0,8}", any_json(), 0..6),
        detail in any_json(),
    ) {
        let mut body: Map<String, Value> = rest.into_iter().collect();
        body.insert("detail".to_owned(), detail.clone());
        body.insert("code".to_owned(), code);
        body.insert("message".to_owned(), message);
        let error = error_of(status, &Value::Object(body).to_string());
        let api = error.api().unwrap();
        // An empty text is no code and no message.
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        prop_assert_eq!(api.code().map(|code| code.as_str().to_owned()), given(&code_text));
        prop_assert_eq!(api.message().map(str::to_owned), given(&message_text));
        prop_assert_eq!(api.raw_detail().unwrap_or("null"), detail.to_string());
        let shown = format!("{error:#} {error:?}");
        let expected = format!("HTTP {status}");
        prop_assert!(shown.contains(&expected), "{}", shown);
    }

    #[test]
    fn no_rejected_value_and_no_openid_is_shown(
        status in 300_u16..600,
        value in any_secret(),
        url in proptest::sample::select(vec!["/v3/marketing/favor/users/", "/users//", "/x/", "https://h/Users/"]),
        kind in 0..3,
        mut detail in proptest::collection::btree_map(".{0,8}", any_json(), 0..4),
        rest in proptest::collection::btree_map(".{0,8}", any_json(), 0..4),
    ) {
        let url = format!("{url}o{SECRET}/coupons?x={SECRET}");
        let message = format!("POST\n{url}\n1\nn\n{SECRET}");
        detail.insert("value".to_owned(), value);
        detail.insert("sign_information".to_owned(), json!({"url": url, "truncated_sign_message": message}));
        let detail = json!(detail);
        let detail = match kind {
            0 => detail,
            1 => json!([detail]),
            _ => json!(detail.to_string()),
        };
        let mut body: Map<String, Value> = rest.into_iter().collect();
        body.insert("detail".to_owned(), detail);
        let error = error_of(status, &Value::Object(body).to_string());
        let shown = format!("{error:#} {error:?} {error:#?}");
        prop_assert!(!shown.contains("SECRET"), "{}", shown);
    }

    #[test]
    fn any_body_is_read_and_its_text_is_bounded(status in 300_u16..600, body: Vec<u8>, json in any_json()) {
        for body in [body, json.to_string().into_bytes()] {
            let response = Response::builder().status(status).body(Bytes::from(body)).unwrap();
            let error = CLIENT.response(&send_coupon(), &response, NOW).unwrap_err();
            let line = format!("{error:#}");
            prop_assert!(line.len() < 16 * 1024 && !line.contains(['\n', '\r', '\u{1b}']), "{}", line);
        }
    }
}
