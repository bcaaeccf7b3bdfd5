//! Each setter sets what it names, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens as _;
use serde::Serialize;
use syn::{FnArg, ImplItem, Item, ReceiverKind, ReturnType, Visibility};
use wechatpay_core::{Body, Parts, RetryPolicy};

use crate::*;

/// Each setter whose effect is seen in JSON: its name, the JSON that it adds to or changes in an object without
/// options, and the object with it.
type Row = (&'static str, Value, Value, Value);

fn row(name: &'static str, before: &impl Serialize, changes: Value, after: &impl Serialize) -> Row {
    (name, serde_json::to_value(before).unwrap(), changes, serde_json::to_value(after).unwrap())
}

fn rows() -> Vec<Row> {
    let create = || {
        CreateCouponStock::new(RequiredStockFields {
            out_request_no: "n".into(),
            stock_name: "s".into(),
            belong_merchant: "1".into(),
            available_begin_time: "2026-01-01T00:00:00+08:00".into(),
            available_end_time: "2026-01-02T00:00:00+08:00".into(),
            stock_use_rule: StockRule::new(1, Fen::new(1), 1),
            coupon_use_rule: coupon_rule(),
            no_cash: true,
        })
    };
    fn coupon_rule() -> CouponRule {
        CouponRule::normal(Fen::new(1), Fen::new(2), ["1".into()])
    }
    let stock_rule = || StockRule::new(1, Fen::new(1), 1);
    let page = || PatternInfo::new("d");
    let (any_time, from_noon) = (FavorAvailableTime::new, || FixedAvailableTime::new(43_200));
    let send = send_coupon;
    let stocks = || ListStocks::new("1".into());
    let coupons =
        || ListCouponsByFilter::by_creator(User { openid: "o".into(), appid: "wx".into() }, "1".into());
    let goods = || ModifyAvailableSingleitems::new("1".into(), "2".into());
    let merchants = || ModifyAvailableMerchants::new("1".into(), "2".into());
    let callback = || SetCallback::new("1".into(), "https://pay.weixin.qq.com");
    let favor = || platform_favor("1", "n", 1, "2026-01-01T00:00:00+08:00", "2026-01-02T00:00:00+08:00");
    let (favor_send, favor_use) = (|| favor().send_rule, || favor().use_rule);
    let (echo, time) = (|| SecurityEcho::new("hello"), "2026-01-03T00:00:00+08:00");
    let (_, keys) = sealing();
    let sealed = keys.seal("secret", TIMESTAMP).unwrap();
    let sealed_json = serde_json::to_value(&sealed).unwrap();
    vec![
        row("CreateCouponStock::comment", &create(), json!({"comment": "c"}), &create().comment("c")),
        row(
            "CreateCouponStock::pattern_info",
            &create(),
            json!({"pattern_info": {"description": "d"}}),
            &create().pattern_info(page()),
        ),
        row(
            "CreateCouponStock::stock_type",
            &create(),
            json!({"stock_type": "DISCOUNT"}),
            &create().stock_type("DISCOUNT".into()),
        ),
        row("CreateCouponStock::ext_info", &create(), json!({"ext_info": "{}"}), &create().ext_info("{}")),
        row(
            "StockRule::max_amount_by_day",
            &stock_rule(),
            json!({"max_amount_by_day": 7}),
            &stock_rule().max_amount_by_day(Fen::new(7)),
        ),
        row(
            "StockRule::natural_person_limit",
            &stock_rule(),
            json!({"natural_person_limit": true}),
            &stock_rule().natural_person_limit(true),
        ),
        row(
            "StockRule::prevent_api_abuse",
            &stock_rule(),
            json!({"prevent_api_abuse": true}),
            &stock_rule().prevent_api_abuse(true),
        ),
        row("PatternInfo::merchant_logo", &page(), json!({"merchant_logo": "u"}), &page().merchant_logo("u")),
        row("PatternInfo::merchant_name", &page(), json!({"merchant_name": "m"}), &page().merchant_name("m")),
        row(
            "PatternInfo::background_color",
            &page(),
            json!({"background_color": "COLOR010"}),
            &page().background_color("COLOR010".into()),
        ),
        row("PatternInfo::coupon_image", &page(), json!({"coupon_image": "u"}), &page().coupon_image("u")),
        row(
            "PatternInfo::jump_target",
            &page(),
            json!({"jump_target": "PAYMENT_CODE"}),
            &page().jump_target("PAYMENT_CODE".into()),
        ),
        row(
            "PatternInfo::mini_program",
            &page(),
            json!({"jump_target": "MINI_PROGRAM", "mini_program_appid": "wx1", "mini_program_path": "p"}),
            &page().mini_program("wx1".into(), "p"),
        ),
        row(
            "CouponRule::coupon_available_time",
            &coupon_rule(),
            json!({"coupon_available_time": {}}),
            &coupon_rule().coupon_available_time(any_time()),
        ),
        row(
            "CouponRule::goods_tag",
            &coupon_rule(),
            json!({"goods_tag": ["a", "b"]}),
            &coupon_rule().goods_tag(["a", "b"]),
        ),
        row(
            "CouponRule::trade_type",
            &coupon_rule(),
            json!({"trade_type": ["APPPAY"]}),
            &coupon_rule().trade_type([TradeType::AppPay]),
        ),
        row(
            "CouponRule::combine_use",
            &coupon_rule(),
            json!({"combine_use": true}),
            &coupon_rule().combine_use(true),
        ),
        row(
            "CouponRule::available_items",
            &coupon_rule(),
            json!({"available_items": ["g"]}),
            &coupon_rule().available_items(["g"]),
        ),
        row(
            "CouponRule::unavailable_items",
            &coupon_rule(),
            json!({"unavailable_items": ["g"]}),
            &coupon_rule().unavailable_items(["g"]),
        ),
        row(
            "CouponRule::limit_card",
            &coupon_rule(),
            json!({"limit_card": {"name": "c", "bin": ["620000"]}}),
            &coupon_rule().limit_card(CardLimitation::new("c", ["620000"])),
        ),
        row(
            "CouponRule::limit_pay",
            &coupon_rule(),
            json!({"limit_pay": ["BCZ_DEBIT"]}),
            &coupon_rule().limit_pay("BCZ_DEBIT"),
        ),
        row(
            "FavorAvailableTime::fix_available_time",
            &any_time(),
            json!({"fix_available_time": {"begin_time": 43_200}}),
            &any_time().fix_available_time(from_noon()),
        ),
        row(
            "FavorAvailableTime::second_day_available",
            &any_time(),
            json!({"second_day_available": true}),
            &any_time().second_day_available(true),
        ),
        row(
            "FavorAvailableTime::available_time_after_receive",
            &any_time(),
            json!({"available_time_after_receive": 7}),
            &any_time().available_time_after_receive(7),
        ),
        row(
            "FixedAvailableTime::available_week_day",
            &from_noon(),
            json!({"available_week_day": [0, 6]}),
            &from_noon().available_week_day([0, 6]),
        ),
        row(
            "FixedAvailableTime::end_time",
            &from_noon(),
            json!({"end_time": 50_000}),
            &from_noon().end_time(50_000),
        ),
        row(
            "SendCoupon::coupon_value",
            &send(),
            json!({"coupon_value": 3, "coupon_minimum": 9}),
            &send().coupon_value(Fen::new(3), Fen::new(9)),
        ),
        row("ListStocks::page", &stocks(), json!({"offset": 3, "limit": 7}), &stocks().page(3, 7)),
        row(
            "ListStocks::created_between",
            &stocks(),
            json!({"create_start_time": time, "create_end_time": "2026-01-04T00:00:00+08:00"}),
            &stocks().created_between(time.into(), "2026-01-04T00:00:00+08:00".into()),
        ),
        row(
            "ListStocks::create_start_time",
            &stocks(),
            json!({"create_start_time": time}),
            &stocks().create_start_time(time.into()),
        ),
        row(
            "ListStocks::create_end_time",
            &stocks(),
            json!({"create_end_time": time}),
            &stocks().create_end_time(time.into()),
        ),
        row(
            "ListStocks::status",
            &stocks(),
            json!({"status": "running"}),
            &stocks().status(StockStatus::Running),
        ),
        row(
            "ListCouponsByFilter::stock_id",
            &coupons(),
            json!({"stock_id": "7"}),
            &coupons().stock_id("7".into()),
        ),
        row(
            "ListCouponsByFilter::status",
            &coupons(),
            json!({"status": "USED"}),
            &coupons().status(CouponStatus::Used),
        ),
        row(
            "ListCouponsByFilter::sender_mchid",
            &coupons(),
            json!({"sender_mchid": "7"}),
            &coupons().sender_mchid("7".into()),
        ),
        row(
            "ListCouponsByFilter::business_type",
            &coupons(),
            json!({"business_type": "MULTIUSE"}),
            &coupons().business_type(BusinessType::MultiUse),
        ),
        row("ListCouponsByFilter::page", &coupons(), json!({"offset": 3, "limit": 7}), &coupons().page(3, 7)),
        row(
            "ModifyAvailableSingleitems::add_goods_id_list",
            &goods(),
            json!({"add_goods_id_list": ["g"]}),
            &goods().add_goods_id_list(["g"]),
        ),
        row(
            "ModifyAvailableSingleitems::delete_goods_id_list",
            &goods(),
            json!({"delete_goods_id_list": ["g"]}),
            &goods().delete_goods_id_list(["g"]),
        ),
        row(
            "ModifyAvailableMerchants::add_mchid_list",
            &merchants(),
            json!({"add_mchid_list": ["7"]}),
            &merchants().add_mchid_list(["7".into()]),
        ),
        row(
            "ModifyAvailableMerchants::delete_mchid_list",
            &merchants(),
            json!({"delete_mchid_list": ["7"]}),
            &merchants().delete_mchid_list(["7".into()]),
        ),
        row("SetCallback::switch", &callback(), json!({"switch": true}), &callback().switch(true)),
        row(
            "CreatePlatformFavor::display_pattern",
            &favor(),
            json!({"display_pattern": {"description": "d"}}),
            &favor().display_pattern(PlatformFavorDisplayPattern::new("d")),
        ),
        row(
            "PlatformFavorSendRule::max_coupons_by_day",
            &favor_send(),
            json!({"max_coupons_by_day": 7}),
            &favor_send().max_coupons_by_day(7),
        ),
        row(
            "PlatformFavorSendRule::natural_person_limit",
            &favor_send(),
            json!({"natural_person_limit": true}),
            &favor_send().natural_person_limit(true),
        ),
        row(
            "PlatformFavorSendRule::prevent_api_abuse",
            &favor_send(),
            json!({"prevent_api_abuse": true}),
            &favor_send().prevent_api_abuse(true),
        ),
        row(
            "PlatformFavorUseRule::transaction_minimum",
            &favor_use(),
            json!({"transaction_minimum": 7}),
            &favor_use().transaction_minimum(Fen::new(7)),
        ),
        row("SecurityEcho::notify_url", &echo(), json!({"notify_url": "u"}), &echo().notify_url("u")),
        row("SecurityEcho::encrypted", &echo(), json!({"encrypted": sealed_json}), &echo().encrypted(sealed)),
    ]
}

/// A client and keys that can encrypt for the platform.
fn sealing() -> (Client, PlatformKeys) {
    let (client, platform, _) = pair(NOW);
    (client, trusting_public_key(PROVIDERS[1], PUBLIC_KEY_ID, &platform.public_key_pem))
}

#[test]
fn a_setter_of_an_operation_sets_what_it_names_and_nothing_else() {
    for (name, before, changes, after) in rows() {
        let mut expected = before.clone();
        expected.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        assert_ne!(before, expected, "{name}");
        assert_eq!(after, expected, "{name}");
    }
}

/// Setters that another test covers: what they set is not seen in JSON.
const ELSEWHERE: &[(&str, &str)] = &[
    ("RetryPolicy::with_max_attempts", "below, and exchange/policy.rs"),
    ("RetryPolicy::with_attempt_timeout", "below, and exchange/policy.rs"),
    ("RetryPolicy::with_total", "below, and exchange/policy.rs"),
    ("RetryPolicy::with_delays", "below, and exchange/policy.rs"),
    ("Policy::with_rate", "core/src/bulk/policy.rs"),
    ("Policy::with_max_in_flight", "core/src/bulk/policy.rs"),
    ("Policy::with_window", "core/src/bulk/policy.rs"),
    ("Policy::with_canary", "core/src/bulk/policy.rs"),
    ("Policy::with_limit", "core/src/bulk/policy.rs"),
    ("Policy::with_search", "core/src/bulk/policy.rs"),
    ("Policy::with_settle_by_repeat", "core/src/bulk/policy.rs"),
    ("Recorded::with_lost", "bulk/sharing.rs"),
    ("Fact::moved_by", "core/src/bulk/history.rs"),
    ("Client::with_base_url", "below"),
    ("Client::with_backup", "below, and exchange/backup_host.rs"),
    ("Client::with_retry", "below, and exchange/policy.rs"),
    ("Client::with_api_v3_key", "below"),
    ("Parts::with_body", "below"),
    ("CryptoProvider::with_hashes", "below"),
    ("TransportError::tried", "accessors.rs"),
    ("TransportError::during", "accessors.rs"),
    ("TransportError::with_headers", "hostile/encoded_bodies.rs"),
    ("Spool < W >::with_headers", "hostile/encoded_bodies.rs"),
    ("Client::with_proxy", "drivers/addresses.rs and drivers/phases.rs"),
    ("Client::with_connect_timeout", "drivers/addresses.rs and drivers/phases.rs"),
    ("Client::with_addresses", "drivers/addresses.rs"),
    ("Connector::with_connect_timeout", "drivers/own_connector.rs"),
    ("Connector::with_addresses", "drivers/own_connector.rs"),
    ("Client::map_core", "drivers/settings.rs"),
    ("Client::with_response_cap", "drivers/failures.rs"),
    ("Client::with_download_limits", "drivers/downloads.rs and drivers/deadlines.rs"),
    ("Client::with_concurrency", "drivers/async_client.rs and drivers/cancellation.rs"),
    ("Client::with_metrics", "exchange/metrics.rs"),
    (
        "Client::with_callback_timeout",
        "drivers/callbacks.rs, and notification/receiving_table.rs in the core",
    ),
];

#[test]
fn every_setter_is_tested() {
    let found: BTreeSet<String> =
        ["core", "transport-ureq", "transport-hyper"].iter().flat_map(|krate| setters(krate)).collect();
    let tested: BTreeSet<String> = rows()
        .iter()
        .map(|(name, ..)| *name)
        .chain(ELSEWHERE.iter().map(|(name, _)| *name))
        .map(str::to_owned)
        .collect();
    assert_eq!(found, tested);
}

/// The setters in the sources of a crate: those of `setters!`, and the public methods that take `self` and another
/// value and return `Self`.
fn setters(krate: &str) -> Vec<String> {
    let read = |path: &std::path::PathBuf| syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap();
    let files = sources(&workspace(krate).join("src"));
    // What the module `testing` sets is seen by the tests that use it.
    let files = files.iter().filter(|path| !path.components().any(|part| part.as_os_str() == "testing"));
    let mut found = Vec::new();
    for item in files.map(read).flat_map(|file| file.items) {
        let Item::Impl(item) = item else { continue };
        let ty = item.self_ty.to_token_stream().to_string();
        for inside in &item.items {
            match inside {
                ImplItem::Macro(setters) if setters.mac.path.is_ident("setters") => {
                    found.extend(names(&setters.mac.tokens).iter().map(|name| format!("{ty}::{name}")));
                }
                ImplItem::Fn(method) if matches!(method.vis, Visibility::Public(_)) => {
                    let takes_self = |argument: &FnArg| matches!(argument, FnArg::Receiver(by) if matches!(by.kind, ReceiverKind::Value));
                    let returns_self = matches!(&method.sig.output, ReturnType::Type(_, ty) if ty.to_token_stream().to_string() == "Self");
                    let inputs = &method.sig.inputs;
                    if inputs.first().is_some_and(takes_self) && inputs.len() > 1 && returns_self {
                        found.push(format!("{ty}::{}", method.sig.ident));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// The names in `setters!`: each identifier before its arguments in parentheses and its body in braces.
fn names(tokens: &TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let group =
        |token: &TokenTree, kind| matches!(token, TokenTree::Group(group) if group.delimiter() == kind);
    let setter = |tokens: &[TokenTree]| match tokens {
        [TokenTree::Ident(name), arguments, body]
            if group(arguments, Delimiter::Parenthesis) && group(body, Delimiter::Brace) =>
        {
            Some(name.to_string())
        }
        _ => None,
    };
    tokens.windows(3).filter_map(setter).collect()
}

#[test]
fn a_setter_of_a_policy_sets_one_value() {
    type Values = (u32, Duration, Duration, Duration, Duration);
    let values = |policy: RetryPolicy| -> Values {
        (policy.max_attempts, policy.attempt_timeout, policy.total, policy.first_delay, policy.max_delay)
    };
    let seconds = Duration::from_secs;
    let half = Duration::from_millis(500);
    let default = RetryPolicy::default;
    // The documented defaults come first.
    for (policy, expected) in [
        (default(), (3, seconds(10), seconds(30), half, seconds(5))),
        (RetryPolicy::never(), (1, seconds(10), seconds(30), half, seconds(5))),
        (default().with_max_attempts(7), (7, seconds(10), seconds(30), half, seconds(5))),
        (default().with_attempt_timeout(seconds(7)), (3, seconds(7), seconds(30), half, seconds(5))),
        (default().with_total(seconds(7)), (3, seconds(10), seconds(7), half, seconds(5))),
        (
            default().with_delays(seconds(7), seconds(8)),
            (3, seconds(10), seconds(30), seconds(7), seconds(8)),
        ),
    ] {
        assert_eq!(values(policy), expected);
    }
}

#[test]
fn a_setter_of_a_client_sets_one_value_of_this_client() {
    let (plain, ..) = pair(NOW);
    let url = |url: &str| BaseUrl::parse(url).unwrap();
    let retry = RetryPolicy::default().with_max_attempts(7);
    // Whether a client has the key is seen in whether it can build a request for certificates.
    let values = |client: &Client| {
        let backup = client.backup().map(BaseUrl::to_string);
        let has_key = client.request(&DownloadCertificates, stamp()).is_ok();
        let request = client.request(&send_coupon(), stamp()).unwrap();
        assert_eq!(request.uri().host(), Some(&client.base_url().to_string()[8..]));
        (client.base_url().to_string(), backup, client.retry().clone(), has_key)
    };
    let defaults = || ("https://api.mch.weixin.qq.com".to_owned(), None, RetryPolicy::default(), false);
    let (one, two) = ("https://one.example.com", "https://api2.mch.weixin.qq.com");
    let key = ApiV3Key::new([7; 32]).unwrap();
    for (client, expected) in [
        (plain.clone(), defaults()),
        (plain.clone().with_base_url(url(one)), (one.to_owned(), None, RetryPolicy::default(), false)),
        (plain.clone().with_backup(url(two)), (defaults().0, Some(two.to_owned()), defaults().2, false)),
        (plain.clone().with_retry(retry.clone()), (defaults().0, None, retry, false)),
        (plain.clone().with_api_v3_key(PROVIDERS[1], key), (defaults().0, None, defaults().2, true)),
    ] {
        assert_eq!(values(&client), expected);
        // Clients share their settings until one is changed.
        assert_eq!(values(&plain), defaults());
        assert_eq!(client.merchant().serial_no(), plain.merchant().serial_no());
        assert_eq!(client.platform().serials(), plain.platform().serials());
    }
}

#[test]
fn a_provider_hashes_with_the_hashes_it_was_given_and_is_otherwise_the_same() {
    let CryptoProvider { name, keys, aead, random, hashes, .. } = *PROVIDERS[1];
    let without = CryptoProvider::new(name, keys, aead, random);
    without.hash(HashAlgorithm::Sha1, b"abc").unwrap_err();
    let with = without.with_hashes(hashes);
    // `printf abc | sha1sum`.
    assert_eq!(with.hash(HashAlgorithm::Sha1, b"abc").unwrap(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_eq!((with.name, without.name), (name, name));
}

#[test]
fn a_body_can_be_replaced_and_the_rest_of_the_parts_stays() {
    let parts = send_coupon().parts().unwrap();
    let other = parts.clone().with_body(Body::Json(Bytes::from_static(b"{}")));
    assert_eq!((other.target(), other.template()), (parts.target(), parts.template()));
    assert_eq!(other.body().bytes(), &b"{}"[..]);
    assert_eq!(other.template(), "/v3/marketing/favor/users/{openid}/coupons");
    // A body of several parts says which bytes are signed.
    let sample = Parts::of(&http::Method::GET, "/v3/x", &BTreeMap::<&str, &str>::new()).unwrap();
    assert_eq!((sample.body().bytes().len(), sample.body().signed().len()), (0, 0));
}
