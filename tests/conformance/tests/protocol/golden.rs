//! The message of every operation, against text files that were written without this code: targets and bodies are
//! the documentation's examples, encoded by another language's standard library.

use std::path::Path;

use wechatpay_conformance::{PROVIDERS, official_client, stamp};
use wechatpay_core::Operation;
use wechatpay_core::cashcoupons::platform_favor::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::types::Fen;

fn check<O: Operation>(operation: &O) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{}.txt", O::NAME));
    let expected = std::fs::read_to_string(&file).unwrap();
    let client = official_client(PROVIDERS[0]);
    let message = client.unsigned(operation, stamp()).unwrap().message();
    assert_eq!(String::from_utf8(message).unwrap(), expected, "{}", O::NAME);

    // What is sent is what was signed.
    let request = client.request(operation, stamp()).unwrap();
    let mut parts = expected.splitn(5, '\n');
    assert_eq!(request.method().as_str(), parts.next().unwrap());
    assert_eq!(request.uri().path_and_query().unwrap().as_str(), parts.next().unwrap());
    assert_eq!(request.uri().host(), Some("api.mch.weixin.qq.com"));
    let body = parts.nth(2).unwrap().strip_suffix('\n').unwrap();
    assert_eq!(request.body(), body.as_bytes());
    let content_type = request.headers().get("content-type").map(|value| value.to_str().unwrap());
    assert_eq!(content_type, (!body.is_empty()).then_some("application/json"));
    assert_eq!(request.headers()["accept"], "application/json");
    assert!(request.headers().contains_key("user-agent"));
    assert!(request.headers()["authorization"].is_sensitive());
}

/// The whole model, with every field of the official example.
#[test]
fn create_coupon_stock() {
    let time = || "2015-05-20T13:29:35.120+08:00".into();
    let available = FavorAvailableTime::new()
        .fix_available_time(FixedAvailableTime::new(0).available_week_day([1]).end_time(3600))
        .second_day_available(false)
        .available_time_after_receive(1440);
    let operation = CreateCouponStock::new(RequiredStockFields {
        out_request_no: "example_out_request_no".into(),
        stock_name: "微信支付代金券批次".into(),
        belong_merchant: "98568865".into(),
        available_begin_time: time(),
        available_end_time: time(),
        stock_use_rule: StockRule::new(100, Fen::new(5000), 3).max_amount_by_day(Fen::new(400)),
        coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(100), ["9856000".into()])
            .coupon_available_time(available)
            .goods_tag(["123321"])
            .trade_type([TradeType::MicroApp])
            .combine_use(false)
            .available_items(["123321"])
            .unavailable_items(["789987"])
            .limit_card(CardLimitation::new("精粹白金", ["62542688"]))
            .limit_pay("BCZ_DEBIT"),
        no_cash: false,
    })
    .comment("零售批次")
    .pattern_info(
        PatternInfo::new("微信支付营销代金券")
            .merchant_logo("CDN地址")
            .merchant_name("微信支付")
            .background_color(BackgroundColor::Color010)
            .coupon_image("图片cdn地址")
            .mini_program("wx23232232323".into(), "/path/index/index"),
    )
    .ext_info("{'exinfo1':'1234','exinfo2':'3456'}");
    check(&operation);
    // The official example breaks rules, among them budget = amount × count; it is sent all the same.
    let broken = operation.check(None);
    assert!(broken.iter().any(|problem| problem.field() == "stock_use_rule.max_amount"), "{broken:?}");
}

#[test]
fn life_cycle() {
    check(&StartStock::new("9856000".into(), "8956000".into()));
    check(&PauseStock::new("9856000".into(), "8965000".into()));
    check(&RestartStock::new("8965000".into(), "9865000".into()));
    check(&StopStock::new("8695000".into(), "9865000".into()));
}

#[test]
fn questions() {
    check(&QueryStock::new("9856888".into(), "123456".into()));
    let time = || "2015-05-20T13:29:35.120+08:00".into();
    let list = ListStocks::new("9856888".into()).page(1, 8).created_between(time(), time());
    check(&list.status(StockStatus::Paused));
    check(&QueryCoupon::new("o/用 户|+%".into(), "9856888".into(), "wxd678efh567hg6787".into()));
    let openid = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into();
    let mut list = ListCouponsByFilter::by_creator(openid, "wxd678efh567hg6787".into(), "9865002".into())
        .stock_id("9865000".into())
        .status(CouponStatus::Used)
        .sender_mchid("9865001".into())
        .business_type(BusinessType::MultiUse)
        .page(0, 20);
    list.available_mchid = Some("9865000".into());
    check(&list);
}

#[test]
fn send_coupon() {
    let operation = SendCoupon::new(
        "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
        "9865000".into(),
        "example_out_request_no".into(),
        "wxd678efh567hg6787".into(),
        "8956000".into(),
    );
    check(&operation.coupon_value(Fen::new(1), Fen::new(1)));
}

#[test]
fn where_coupons_can_be_used() {
    check(&ListAvailableMerchants::new("9865000".into(), "9865000".into()).page(10, 10));
    check(&ListAvailableSingleitems::new("9865000".into(), "9865000".into()).page(10, 10));
}

#[test]
fn flows() {
    check(&UseFlow::new("9865000".into()));
    check(&RefundFlow::new("9865000".into()));
    let day = BillDate::new(2025, 8, 9).unwrap();
    check(&UseFlowByDay::new("12356458".into(), day));
    check(&RefundFlowByDay::new("12356458".into(), day));
}

#[test]
fn callback_address() {
    check(&SetCallback::new("9856888".into(), "https://pay.weixin.qq.com").switch(true));
    check(&QueryCallback::new("9856888".into()));
}

#[test]
fn modifications() {
    let merchants = ModifyAvailableMerchants::new("9865000".into(), "8956000".into());
    let merchants = merchants.add_mchid_list(["9856000".into(), "9856001".into()]);
    check(&merchants.delete_mchid_list(["9856002".into()]));
    let goods = ModifyAvailableSingleitems::new("9865000".into(), "8956000".into());
    check(&goods.add_goods_id_list(["8956000"]).delete_goods_id_list(["8956000"]));
    let (current, target) = (Fen::new(5000), Fen::new(6000));
    check(&ModifyStockBudget::new("9865000".into(), "8956000".into(), current, target));
}

#[test]
fn platform_favors() {
    let time = || "2015-05-20T13:29:35.120+08:00".into();
    let send_rule = PlatformFavorSendRule::new(100, Fen::new(5000), 3, DeductBalanceMethod::RealtimeDeduct)
        .max_coupons_by_day(10)
        .natural_person_limit(false)
        .prevent_api_abuse(true);
    let use_rule = PlatformFavorUseRule::new(PlatformFavorAvailableTime::new(time(), time()), Fen::new(100))
        .transaction_minimum(Fen::new(100));
    let create =
        CreatePlatformFavor::new("98568865".into(), send_rule, use_rule, "example_out_request_no".into());
    check(&create.display_pattern(PlatformFavorDisplayPattern::new("微信支付营销代金券")));
    check(&QueryPlatformFavor::new("9856888".into(), "123456".into()));
}

/// What is not set is not sent.
#[test]
fn options_are_left_out() {
    fn body(operation: &impl Operation) -> String {
        String::from_utf8(operation.body().unwrap().bytes().to_vec()).unwrap()
    }
    let callback = SetCallback::new("9856888".into(), "https://pay.weixin.qq.com");
    assert_eq!(body(&callback), r#"{"mchid":"9856888","notify_url":"https://pay.weixin.qq.com"}"#);
    let merchants = ModifyAvailableMerchants::new("1".into(), "2".into()).add_mchid_list(["3".into()]);
    assert_eq!(body(&merchants), r#"{"stock_creator_mchid":"2","add_mchid_list":["3"]}"#);
    let goods = ModifyAvailableSingleitems::new("1".into(), "2".into()).delete_goods_id_list(["g"]);
    assert_eq!(body(&goods), r#"{"stock_creator_mchid":"2","delete_goods_id_list":["g"]}"#);
}
