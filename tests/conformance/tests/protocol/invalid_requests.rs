//! Requests that can never be valid are rejected before sending. The error names the field, the problem and the limit.

use crate::*;

fn assert_rejected(operation: &impl Operation, expected: &str) {
    match official_client(PROVIDERS[0]).request(operation, stamp()) {
        Err(BuildError::Field(field)) => assert_eq!(field.to_string(), expected),
        other => panic!("{expected}: {other:?}"),
    }
}

fn assert_accepted(operation: &impl Operation) {
    official_client(PROVIDERS[0]).request(operation, stamp()).unwrap();
}

#[test]
fn invalid_stocks_and_coupons_are_rejected() {
    let send = |number: &str, stock: &str| {
        SendCoupon::new(RequiredCouponFields {
            openid: "o".into(),
            appid: "wx".into(),
            stock_id: stock.into(),
            stock_creator_mchid: "1".into(),
            out_request_no: number.into(),
        })
    };
    assert_rejected(&send("", "1"), "out_request_no is empty");
    assert_rejected(
        &send("a/b", "1"),
        "out_request_no contains the character '/'; allowed are letters, digits and | _ * -",
    );
    assert_rejected(&send(&"a".repeat(129), "1"), "out_request_no has 129 characters; the limit is 128");
    assert_rejected(&send("1", ""), "stock_id is empty");
    assert_rejected(&send("1", &"1".repeat(21)), "stock_id has 21 characters; the limit is 20");
    let valued = |value: i64, minimum: i64| send("n", "1").coupon_value(Fen::new(value), Fen::new(minimum));
    assert_accepted(&valued(1, 1));
    assert_rejected(&valued(-5, 1), "coupon_value is -5; it must be at least 1");
    assert_rejected(&valued(0, 1), "coupon_value is 0; it must be at least 1");
    assert_rejected(&valued(1, -1), "coupon_minimum is -1; it must be at least 1");
    assert_rejected(&StartStock::new("1".into(), "".into()), "stock_creator_mchid is empty");
    assert_rejected(
        &StartStock::new("..".into(), "1".into()),
        "stock_id is a dot segment (. or ..), which cannot be sent in a URL path",
    );
    let list = || ListStocks::new("1".into());
    assert_rejected(&list().page(0, 11), "limit is 11; it must be between 1 and 10");
    assert_rejected(&list().page(0, 0), "limit is 0; it must be between 1 and 10");
    assert_rejected(
        &list().create_start_time("yesterday".into()),
        "create_start_time is not an RFC 3339 time with an offset, such as 2015-05-20T13:29:35+08:00",
    );
    assert_rejected(
        &list().created_between("2015-05-21T00:00:00+08:00".into(), "2015-05-20T00:00:00+08:00".into()),
        "create_end_time must not be before create_start_time",
    );
    let mut coupons =
        ListCouponsByFilter::by_creator(User { openid: "o".into(), appid: "wx".into() }, "1".into());
    coupons.creator_mchid = None;
    assert_rejected(
        &coupons,
        "creator_mchid is absent; at least one of creator_mchid and available_mchid is required",
    );
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
    assert_rejected(
        &stock("2015-05-20T13:29:34+08:00"),
        "available_end_time must not be before available_begin_time",
    );
    assert_accepted(&stock("9999-12-31T23:59:59+08:00"));
    let mut empty = stock("2015-05-20T13:29:36+08:00");
    empty.coupon_use_rule.trade_type = vec![TradeType::MicroApp, "".into()];
    assert_rejected(&empty, "coupon_use_rule.trade_type is empty");
    empty.coupon_use_rule.trade_type.clear();
    empty.pattern_info = Some(PatternInfo::new("d").jump_target("".into()));
    assert_rejected(&empty, "pattern_info.jump_target is empty");
}

#[test]
fn pages_beyond_the_limits_are_rejected() {
    let merchants = || ListAvailableMerchants::new("1".into(), "2".into());
    assert_accepted(&merchants().page(1000, 50));
    assert_rejected(&merchants().page(1001, 50), "offset is 1001; it must be between 0 and 1000");
    assert_rejected(&merchants().page(0, 51), "limit is 51; it must be between 1 and 50");
    assert_rejected(&merchants().page(0, 0), "limit is 0; it must be between 1 and 50");
    assert_rejected(&ListAvailableMerchants::new("".into(), "2".into()), "stock_id is empty");
    let goods = || ListAvailableSingleitems::new("1".into(), "2".into());
    assert_accepted(&goods().page(500, 100));
    assert_rejected(&goods().page(501, 100), "offset is 501; it must be between 0 and 500");
    assert_rejected(&goods().page(0, 101), "limit is 101; it must be between 1 and 100");
    assert_rejected(&ListAvailableSingleitems::new("1".into(), "".into()), "stock_creator_mchid is empty");
}

#[test]
fn flow_files_of_invalid_stock_ids_are_rejected() {
    let day = "2025-08-09".parse().unwrap();
    assert_rejected(&UseFlow::new("".into()), "stock_id is empty");
    assert_rejected(
        &RefundFlow::new("..".into()),
        "stock_id is a dot segment (. or ..), which cannot be sent in a URL path",
    );
    let long = || "1".repeat(21).into();
    let too_long = "stock_id has 21 characters; the limit is 20";
    assert_rejected(&RefundFlow::new(long()), too_long);
    assert_rejected(&UseFlowByDay::new(long(), day), too_long);
    assert_rejected(&RefundFlowByDay::new(long(), day), too_long);
}

#[test]
fn invalid_callback_urls_are_rejected() {
    let set = |url: &str| SetCallback::new("9856888".into(), url);
    for url in [
        "https://pay.weixin.qq.com",
        "https://example.com:8443/coupons/used",
        "http://127.0.0.1:8700/used",
        "http://[::1]:8700/used",
        "http://localhost/used",
    ] {
        assert_accepted(&set(url));
    }
    let scheme =
        "notify_url must begin with https:// and a host; plain http is accepted for loopback addresses only";
    for url in
        ["http://example.com", "http://127.0.0.1.example.com", "example.com", "/used", "ftp://127.0.0.1"]
    {
        assert_rejected(&set(url), scheme);
    }
    for url in ["https://example.com/?a=b", "https://example.com/?", "https://example.com/#a"] {
        assert_rejected(&set(url), "notify_url must not have a query or fragment");
    }
    for url in ["https://", "https:///used", "https://exa mple.com", "not a URL"] {
        assert_rejected(&set(url), "notify_url is not a valid URL");
    }
    assert_rejected(&set(""), "notify_url is empty");
    let long = |len: usize| format!("https://example.com/{}", "a".repeat(len - 20));
    assert_accepted(&set(&long(256)));
    assert_rejected(&set(&long(257)), "notify_url has 257 characters; the limit is 256");
    let mchid = SetCallback::new("1".repeat(21).into(), "https://example.com");
    assert_rejected(&mchid, "mchid has 21 characters; the limit is 20");
    assert_rejected(&QueryCallback::new("".into()), "mchid is empty");
}

#[test]
fn empty_and_invalid_modifications_are_rejected() {
    let merchants = || ModifyAvailableMerchants::new("1".into(), "2".into());
    assert_rejected(
        &merchants(),
        "add_mchid_list is empty; at least one of add_mchid_list and delete_mchid_list is required",
    );
    assert_rejected(&merchants().add_mchid_list(["3".into(), "".into()]), "add_mchid_list is empty");
    assert_rejected(
        &merchants().delete_mchid_list(["3".repeat(21).into()]),
        "delete_mchid_list has 21 characters; the limit is 20",
    );
    let goods = || ModifyAvailableSingleitems::new("1".into(), "2".into());
    assert_rejected(
        &goods(),
        "add_goods_id_list is empty; at least one of add_goods_id_list and delete_goods_id_list is required",
    );
    assert_rejected(&goods().delete_goods_id_list([""]), "delete_goods_id_list is empty");
    let budget = |current, target| {
        ModifyStockBudget::new(
            "1".into(),
            "2".into(),
            BudgetChange { current: Fen::new(current), target: Fen::new(target) },
        )
    };
    assert_accepted(&budget(0, 0));
    let smallest = "it must be at least 0";
    assert_rejected(&budget(0, -1), &format!("target_max_amount is -1; {smallest}"));
    assert_rejected(&budget(-1, 0), &format!("current_max_amount is -1; {smallest}"));
}

#[test]
fn invalid_platform_favors_are_rejected() {
    let create = |count, end| platform_favor("1", "n-1", count, "2015-05-20T13:29:35+08:00", end);
    let end = "2015-05-20T13:29:35+08:00";
    assert_accepted(&create(5, end));
    let range = "it must be at least 1";
    assert_rejected(&create(0, end), &format!("send_rule.max_coupons is 0; {range}"));
    assert_rejected(
        &create(5, "2015-05-20T13:29:34+08:00"),
        "use_rule.available_time.available_end_time must not be before available_begin_time",
    );
    let mut operation = create(5, end);
    operation.out_request_no = "a/b".into();
    assert_rejected(
        &operation,
        "out_request_no contains the character '/'; allowed are letters, digits and | _ * -",
    );
}
