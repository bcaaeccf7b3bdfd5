//! Decoding of responses in every documented shape.

use crate::*;

fn read<O: ArbitraryOperation>(body: &str) -> O::Response {
    let (client, platform, _) = pair(NOW);
    let answer = read_response::<O>(&client, &platform.signed_response(200, body, NOW), NOW);
    let answer = answer.unwrap_or_else(|error| panic!("{}: {error:?}", O::NAME));
    assert_eq!(answer.raw(), body.as_bytes());
    assert_eq!(answer.request_id(), Some("0800A1B2-0"));
    answer.into_value()
}

fn seconds(time: Option<Timestamp>) -> Option<i64> {
    time.unwrap().unix_seconds()
}

#[test]
fn every_documented_response_decodes() {
    let created =
        read::<CreateCouponStock>(r#"{"stock_id":"98065001","create_time":"2015-05-20T13:29:35.120+08:00"}"#);
    assert_eq!(created.stock_id.as_str(), "98065001");
    assert_eq!(seconds(created.create_time), Some(1_432_099_775));
    assert_eq!(read::<SendCoupon>(r#"{"coupon_id":"98674556"}"#).coupon_id.as_str(), "98674556");

    let answer = |name| format!(r#"{{"{name}":"2015-05-20T13:29:35.120+08:00","stock_id":"98065001"}}"#);
    read::<StartStock>(&answer("start_time"));
    read::<StopStock>(&answer("stop_time"));
    // The documents disagree about these names.
    for name in ["pause_time", "start_time"] {
        assert_eq!(seconds(read::<PauseStock>(&answer(name)).pause_time), Some(1_432_099_775));
    }
    for name in ["restart_time", "start_time", "pause_time"] {
        read::<RestartStock>(&answer(name));
    }
    // If a response has several of these names, the best match counts. Null values are ignored.
    let both = r#"{"start_time":"2015-05-20T13:29:35+08:00","effect_time":null,
        "pause_time":"2016-05-20T13:29:35+08:00","stock_id":"1"}"#;
    assert_eq!(read::<PauseStock>(both).pause_time.unwrap(), "2016-05-20T13:29:35+08:00");
    assert_eq!(read::<RestartStock>(both).restart_time.unwrap(), "2015-05-20T13:29:35+08:00");
    assert_eq!(read::<ModifyAvailableSingleitems>(both).effect_time.unwrap(), "2016-05-20T13:29:35+08:00");
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
fn a_stock_has_the_fields_that_other_sdks_omit() {
    let stock = read::<QueryStock>(STOCK);
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
fn undocumented_variants_decode_like_the_documented_form() {
    // Integers as strings, a single trade type, null booleans, absent and null lists, an unknown field.
    let strict = read::<QueryStock>(STOCK);
    let loose = STOCK
        .replace("\"max_coupons\":100", "\"max_coupons\":\"100\"")
        .replace("\"distributed_coupons\":7", "\"distributed_coupons\":\"7\",\"unheard_of\":{\"a\":[null]}");
    assert_eq!(read::<QueryStock>(&loose), strict);
    let old = r#"{"stock_id":"1","stock_creator_mchid":"2","status":"running","no_cash":null,"singleitem":null,
        "stock_use_rule":{"trade_type":"APPPAY","goods_tag":null}}"#;
    let old = read::<QueryStock>(old);
    assert_eq!((old.no_cash, old.singleitem), (None, None));
    assert_eq!(old.stock_use_rule.unwrap().trade_type, [TradeType::AppPay]);

    for empty in [
        r#"{"total_count":"0","limit":"10","offset":"0"}"#,
        r#"{"total_count":0,"data":null,"limit":10,"offset":0}"#,
        r#"{"total_count":0,"data":[],"limit":10,"offset":0}"#,
    ] {
        let page = read::<ListStocks>(empty);
        assert_eq!((page.total_count, page.limit, page.data.len()), (Some(0), Some(10), 0));
        assert_eq!(read::<ListCouponsByFilter>(empty).total_count, Some(0));
    }
    let page = read::<ListStocks>(&format!(r#"{{"total_count":1,"data":[{STOCK}],"limit":8,"offset":0}}"#));
    assert_eq!(page.data, [strict]);
}

#[test]
fn a_coupon_has_the_fields_that_other_sdks_omit() {
    let coupon = read::<QueryCoupon>(
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
fn pages_of_merchants_and_goods_decode() {
    let page =
        r#"{"total_count":200,"data":["9856000","9856001"],"offset":10,"limit":2,"stock_id":"9865000"}"#;
    let merchants = read::<ListAvailableMerchants>(page);
    assert_eq!((merchants.total_count, merchants.offset, merchants.limit), (Some(200), Some(10), Some(2)));
    assert_eq!(merchants.data, ["9856000", "9856001"]);
    assert_eq!(merchants.stock_id.as_str(), "9865000");
    let goods = read::<ListAvailableSingleitems>(page);
    assert_eq!(goods.data, ["9856000", "9856001"]);
    // The documented example for goods has numbers as strings, and no list.
    let loose = r#"{"total_count":"200","offset":"10","limit":"10","stock_id":"9865000"}"#;
    let goods = read::<ListAvailableSingleitems>(loose);
    assert_eq!((goods.total_count, goods.offset, goods.limit), (Some(200), Some(10), Some(10)));
    assert!(goods.data.is_empty());
    assert_eq!(read::<ListAvailableMerchants>(loose).total_count, Some(200));
}

const FLOW: &str = r#"{"hash_type":"SHA1","hash_value":"8ae0eb442c408d2e90d669d6f4ad6b7e6e049d6f",
    "url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=ja7q-"}"#;

#[test]
fn links_to_flow_files_decode_and_are_not_shown() {
    let flow = read::<UseFlow>(FLOW);
    assert_eq!(flow.hash_type, Some(HashType::Sha1));
    assert_eq!(flow.hash_value, "8ae0eb442c408d2e90d669d6f4ad6b7e6e049d6f");
    assert_eq!(flow.url.as_str(), "https://api.mch.weixin.qq.com/v3/billdownload/file?token=ja7q-");
    assert!(!format!("{flow:?}").contains("ja7q"), "{flow:?}");
    assert_eq!(read::<RefundFlow>(FLOW).url, flow.url);
    // The documents disagree about whether the count is a number or a string.
    for count in ["2030", "\"2030\""] {
        let day = |key| {
            format!(
                r#"{{"url":"https://download-service.wechatpay.cn/mkt/storage/bill/download?bill_params=ABAn6j",
                    "stock_{key}_hash":"8ae0eb442c408d2e90d669d6f4ad6b7e6e049d6f","stock_{key}_count":{count}}}"#
            )
        };
        let uses = read::<UseFlowByDay>(&day("useflow"));
        assert_eq!(uses.stock_useflow_count, Some(2030));
        assert_eq!(uses.stock_useflow_hash, "8ae0eb442c408d2e90d669d6f4ad6b7e6e049d6f");
        let refunds = read::<RefundFlowByDay>(&day("refundflow"));
        assert_eq!(refunds.stock_refundflow_count, Some(2030));
        assert!(!format!("{refunds:?}").contains("ABAn6j"), "{refunds:?}");
    }
}

/// Two operations accept unsigned responses. If there is a signature, it must be valid.
#[test]
fn only_two_flow_operations_accept_unsigned_responses() {
    fn check<O: ArbitraryOperation>(accepts_unsigned: bool) {
        let (client, platform, _) = pair(NOW);
        match read_response::<O>(&client, &unsigned(200, FLOW), NOW) {
            Ok(answer) => assert!(accepts_unsigned && !answer.is_verified(), "{}", O::NAME),
            error => {
                assert_eq!(verify_error_kind(error.map(drop)), VerifyErrorKind::Unsigned, "{}", O::NAME);
                assert!(!accepts_unsigned, "{}", O::NAME);
            }
        }
        let mut forged = platform.signed_response(200, FLOW, NOW);
        *forged.body_mut() = FLOW.replace("8ae0", "8ae1").into();
        verify_error_kind(read_response::<O>(&client, &forged, NOW).map(drop));
    }
    check::<UseFlow>(true);
    check::<RefundFlow>(true);
    check::<UseFlowByDay>(false);
    check::<RefundFlowByDay>(false);
    let (client, platform, _) = pair(NOW);
    assert!(
        read_response::<UseFlow>(&client, &platform.signed_response(200, FLOW, NOW), NOW)
            .unwrap()
            .is_verified()
    );
}

#[test]
fn callback_urls_decode() {
    let set = r#"{"update_time":"2015-05-20T13:29:35.120+08:00","notify_url":"api.weixin.qq.com"}"#;
    let set = read::<SetCallback>(set);
    assert_eq!(seconds(set.update_time), Some(1_432_099_775));
    assert_eq!(set.notify_url, "api.weixin.qq.com");
    let callback = read::<QueryCallback>(r#"{"notify_url":"api.weixin.qq.com","mchid":"9856888"}"#);
    assert_eq!((callback.notify_url.as_str(), callback.mchid), ("api.weixin.qq.com", Some("9856888".into())));
}

#[test]
fn responses_to_modifications_decode() {
    let answer = |name| format!(r#"{{"{name}":"2015-05-20T13:29:35+08:00","stock_id":"9865000"}}"#);
    let merchants = read::<ModifyAvailableMerchants>(&answer("effect_time"));
    assert_eq!(seconds(merchants.effect_time), Some(1_432_099_775));
    // The documents disagree about the name.
    for name in ["effect_time", "pause_time"] {
        let goods = read::<ModifyAvailableSingleitems>(&answer(name));
        assert_eq!(seconds(goods.effect_time), Some(1_432_099_775), "{name}");
        assert_eq!(goods.stock_id.as_str(), "9865000");
    }
    let budget = read::<ModifyStockBudget>(r#"{"max_amount":"6000","stock_id":"9865000"}"#);
    assert_eq!(budget.max_amount, Some(Fen::new(6000)));
}

#[test]
fn platform_favors_decode() {
    let whole = r#"{"stock_id":"9836588","create_time":"2015-05-20T13:29:35+08:00","stock_name":"立减金",
        "belong_merchant":"98568865","send_rule":{"max_coupons":"100","max_amount":5000,"max_coupons_by_day":10,
        "max_coupons_per_user":3,"natural_person_limit":null,"deduct_balance_method":"BATCH_DEDUCT"},
        "use_rule":{"available_time":{"available_begin_time":"2015-05-20T13:29:35+08:00",
        "available_end_time":"2015-05-21T13:29:35+08:00"},"coupon_amount":100,"transaction_minimum":200},
        "display_pattern":{"description":"说明"},"stock_status":"RUNNING","active_time":"2015-05-20T13:29:35+08:00",
        "pause_time":null,"statistical_data":{"send_coupons_count":7,"consume_coupons_count":"2"},"card_id":"c"}"#;
    let stock = read::<QueryPlatformFavor>(whole);
    assert_eq!(stock.stock_status, PlatformFavorStockStatus::Running);
    let send_rule = stock.send_rule.as_ref().unwrap();
    assert_eq!((send_rule.max_coupons, send_rule.natural_person_limit), (Some(100), None));
    assert_eq!(send_rule.deduct_balance_method, Some(DeductBalanceMethod::BatchDeduct));
    assert_eq!(stock.use_rule.as_ref().unwrap().transaction_minimum, Some(Fen::new(200)));
    assert_eq!(stock.statistical_data.unwrap().consume_coupons_count, Some(2));
    // Requests have numbers only.
    assert_eq!(read::<CreatePlatformFavor>(&whole.replace("\"100\"", "100")), stock);
    let least = r#"{"stock_id":"1","belong_merchant":"2","stock_status":"UNACTIVATED"}"#;
    assert_eq!(read::<CreatePlatformFavor>(least).stock_status, PlatformFavorStockStatus::Unactivated);
}
