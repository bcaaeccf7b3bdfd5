//! Answers in every documented shape, and requests that are refused before they are sent.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test"
)]

use wechatpay_conformance::{PROVIDERS, Platform, TIMESTAMP, official_client, pair, stamp};
use wechatpay_core::cashcoupons::*;
use wechatpay_core::error::BuildError;
use wechatpay_core::types::Fen;
use wechatpay_core::{Client, Operation};

fn read<O: Operation>((client, platform): (&Client, &Platform), body: &str) -> O::Response {
    let answer = client.response::<O>(&platform.answer(200, body, TIMESTAMP), TIMESTAMP);
    let answer = answer.unwrap_or_else(|error| panic!("{}: {error:?}", O::NAME));
    assert_eq!(answer.raw(), body.as_bytes());
    assert_eq!(answer.request_id(), Some("0800A1B2-0"));
    answer.into_value()
}

#[test]
fn every_documented_shape_reads() {
    let (client, platform, _) = pair(TIMESTAMP);
    let by = (&client, &platform);
    let created = read::<CreateCouponStock>(
        by,
        r#"{"stock_id":"98065001","create_time":"2015-05-20T13:29:35.120+08:00"}"#,
    );
    assert_eq!(created.stock_id.as_str(), "98065001");
    assert_eq!(created.create_time.unix_seconds(), Some(1_432_099_775));
    assert_eq!(read::<SendCoupon>(by, r#"{"coupon_id":"98674556"}"#).coupon_id.as_str(), "98674556");

    let answer = |name| format!(r#"{{"{name}":"2015-05-20T13:29:35.120+08:00","stock_id":"98065001"}}"#);
    read::<StartStock>(by, &answer("start_time"));
    read::<StopStock>(by, &answer("stop_time"));
    // Documents disagree about these names.
    for name in ["pause_time", "start_time"] {
        assert_eq!(read::<PauseStock>(by, &answer(name)).pause_time.unix_seconds(), Some(1_432_099_775));
    }
    for name in ["restart_time", "start_time", "pause_time"] {
        read::<RestartStock>(by, &answer(name));
    }
}

const STOCK: &str = r#"{
    "stock_id":"9836588","stock_creator_mchid":"123456","stock_name":"满减券","status":"paused",
    "create_time":"2021-01-01T00:00:00.120+08:00","description":"说明",
    "stock_use_rule":{"max_coupons":100,"max_amount":5000,"max_amount_by_day":400,"max_coupons_per_user":3,
        "fixed_normal_coupon":{"coupon_amount":100,"transaction_minimum":200},"coupon_type":"NORMAL",
        "goods_tag":["t1","t2"],"trade_type":["APPPAY","NEW_ONE"],"combine_use":true},
    "available_begin_time":"2021-01-01T00:00:00+08:00","available_end_time":"2021-02-01T00:00:00+08:00",
    "distributed_coupons":7,"no_cash":false,"start_time":"2021-01-02T00:00:00+08:00",
    "stop_time":"2021-01-03T00:00:00+08:00","cut_to_message":{"single_price_max":100,"cut_to_price":50},
    "singleitem":false,"stock_type":"NORMAL","card_id":"pqtPe1","business_type":"MULTIUSE",
    "available_region_list":[{"type":"PROVINCE","country":"中国","province":"广东"}],
    "available_industry_list":["餐饮"]}"#;

#[test]
fn a_stock_keeps_what_other_sdks_drop() {
    let (client, platform, _) = pair(TIMESTAMP);
    let stock = read::<QueryStock>((&client, &platform), STOCK);
    assert_eq!(stock.status, StockStatus::Paused);
    assert_eq!(stock.business_type, Some(BusinessType::MultiUse));
    assert_eq!(stock.available_region_list[0].kind, Some(RegionType::Province));
    assert_eq!(stock.available_industry_list, ["餐饮"]);
    let rule = stock.stock_use_rule.unwrap();
    assert_eq!(rule.max_amount, Some(Fen::new(5000)));
    assert_eq!(rule.trade_type, [TradeType::AppPay, TradeType::from("NEW_ONE")]);
    assert_eq!(rule.trade_type[1].as_str(), "NEW_ONE");
}

#[test]
fn loose_samples_read_like_strict_ones() {
    let (client, platform, _) = pair(TIMESTAMP);
    let by = (&client, &platform);
    // Integers as strings, a lone trade type, null booleans, absent and null lists, a field nobody knows.
    let strict = read::<QueryStock>(by, STOCK);
    let loose = STOCK
        .replace("\"max_coupons\":100", "\"max_coupons\":\"100\"")
        .replace("\"distributed_coupons\":7", "\"distributed_coupons\":\"7\",\"unheard_of\":{\"a\":[null]}");
    assert_eq!(read::<QueryStock>(by, &loose), strict);
    let old = r#"{"stock_id":"1","stock_creator_mchid":"2","status":"running","no_cash":null,"singleitem":null,
        "stock_use_rule":{"trade_type":"APPPAY","goods_tag":null}}"#;
    let old = read::<QueryStock>(by, old);
    assert_eq!((old.no_cash, old.singleitem), (None, None));
    assert_eq!(old.stock_use_rule.unwrap().trade_type, [TradeType::AppPay]);

    for empty in [
        r#"{"total_count":"0","limit":"10","offset":"0"}"#,
        r#"{"total_count":0,"data":null,"limit":10,"offset":0}"#,
        r#"{"total_count":0,"data":[],"limit":10,"offset":0}"#,
    ] {
        let page = read::<ListStocks>(by, empty);
        assert_eq!((page.total_count, page.limit, page.data.len()), (0, 10, 0));
        assert_eq!(read::<ListCouponsByFilter>(by, empty).total_count, 0);
    }
    let page =
        read::<ListStocks>(by, &format!(r#"{{"total_count":1,"data":[{STOCK}],"limit":8,"offset":0}}"#));
    assert_eq!(page.data, [strict]);
}

#[test]
fn a_coupon_keeps_what_other_sdks_drop() {
    let (client, platform, _) = pair(TIMESTAMP);
    let coupon = read::<QueryCoupon>(
        (&client, &platform),
        r#"{"stock_creator_mchid":"9800064","stock_id":"9865888","coupon_id":"98674556","out_request_no":"n-1",
            "cut_to_message":{"single_price_max":100,"cut_to_price":10},"coupon_name":"代金券","status":"USED",
            "description":"说明","create_time":"2015-05-20T13:29:35+08:00","coupon_type":"CUT_TO","no_cash":null,
            "available_begin_time":"2015-05-20T13:29:35+08:00","available_end_time":"2015-05-21T13:29:35+08:00",
            "singleitem":null,"normal_coupon_information":{"coupon_amount":100,"transaction_minimum":200},
            "consume_information":{"consume_time":"2015-05-20T13:29:35+08:00","consume_mchid":"9856081",
                "transaction_id":"4200752501201407033233368018",
                "goods_detail":[{"goods_id":"g","quantity":7,"price":1,"discount_amount":4}]},
            "discount_msg":{"discount_amount_max":900,"discount_percent":"85","transaction_minimum":200},
            "available_balance":50,"business_type":"MULTIUSE"}"#,
    );
    assert_eq!(coupon.coupon_id.as_str(), "98674556");
    assert_eq!(coupon.out_request_no.unwrap().as_str(), "n-1");
    assert_eq!(coupon.coupon_type, Some(CouponType::CutTo));
    assert_eq!(coupon.available_balance, Some(Fen::new(50)));
    assert_eq!(coupon.discount_msg.unwrap().discount_percent, Some(85));
    let used = coupon.consume_information.unwrap();
    assert_eq!(used.goods_detail[0].discount_amount, Some(Fen::new(4)));
}

#[test]
fn what_can_never_be_right_is_not_sent() {
    fn refused(operation: &impl Operation, expected: &str) {
        match official_client(PROVIDERS[0]).request(operation, stamp()) {
            Err(BuildError::Field(field)) => assert_eq!(field.to_string(), expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    let send = |number: &str, stock: &str| {
        SendCoupon::new("o".into(), stock.into(), number.into(), "wx".into(), "1".into())
    };
    refused(&send("", "1"), "out_request_no is empty");
    refused(&send("a/b", "1"), "out_request_no contains '/'; allowed are letters, digits and | _ * -");
    refused(&send(&"a".repeat(129), "1"), "out_request_no has 129 characters, at most 128 are allowed");
    refused(&send("1", ""), "stock_id is empty");
    refused(&send("1", &"1".repeat(21)), "stock_id has 21 characters, at most 20 are allowed");
    refused(&StartStock::new("1".into(), "".into()), "stock_creator_mchid is empty");
    refused(
        &StartStock::new("..".into(), "1".into()),
        "stock_id is a dot segment, which no URL path can carry",
    );
    let list = || ListStocks::new("1".into());
    refused(&list().page(0, 11), "limit is 11, it must be from 1 to 10");
    refused(&list().page(0, 0), "limit is 0, it must be from 1 to 10");
    refused(
        &list().create_start_time("yesterday".into()),
        "create_start_time is not an RFC 3339 time with an offset, such as 2015-05-20T13:29:35+08:00",
    );
    refused(
        &list().created_between("2015-05-21T00:00:00+08:00".into(), "2015-05-20T00:00:00+08:00".into()),
        "create_end_time is before create_start_time",
    );
    let mut coupons = ListCouponsByFilter::by_creator("o".into(), "wx".into(), "1".into());
    coupons.creator_mchid = None;
    refused(&coupons, "creator_mchid or available_mchid is required");
    let stock = |end: &str| {
        CreateCouponStock::new(RequiredStockFields {
            out_request_no: "1".into(),
            stock_name: "券".into(),
            belong_merchant: "1".into(),
            available_begin_time: "2015-05-20T13:29:35+08:00".into(),
            available_end_time: end.into(),
            stock_use_rule: StockRule::new(5, Fen::new(500), 1),
            coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(200), ["1".into()]),
            no_cash: true,
        })
    };
    refused(&stock("2015-05-20T13:29:34+08:00"), "available_end_time is before available_begin_time");
}
