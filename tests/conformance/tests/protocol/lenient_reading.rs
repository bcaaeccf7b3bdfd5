//! A response decodes to the same value if the platform adds fields, writes absent values in another way, or encodes
//! values differently.

mod shape;

use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wechatpay_core::SecurityEchoResponse;
use wechatpay_core::cashcoupons::platform_favor::PlatformFavorStockEntity;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::error::ErrorCode;

use shape::*;

fn decodes_the_same<T>(shape: Pair)
where
    T: DeserializeOwned + Serialize + PartialEq + Debug,
{
    let read = |json: &Value| {
        let json = json.to_string();
        serde_json::from_str::<T>(&json).map_err(|error| TestCaseError::fail(format!("{error}: {json}")))
    };
    let mut runner = TestRunner::new(ProptestConfig::with_cases(64));
    let result = runner.run(&shape, |(strict, loose)| {
        let expected = read(&strict)?;
        prop_assert_eq!(&read(&loose)?, &expected);
        // The decoded value can be encoded and decoded again.
        prop_assert_eq!(&read(&serde_json::to_value(&expected).unwrap())?, &expected);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{}: {error}", std::any::type_name::<T>()));
}

#[test]
fn responses_with_times_decode_leniently() {
    let changed = |time| object([maybe_texts(time), texts("stock_id")]);
    decodes_the_same::<CreateCouponStockResponse>(changed("create_time"));
    decodes_the_same::<StartStockResponse>(changed("start_time"));
    decodes_the_same::<PauseStockResponse>(changed("pause_time"));
    decodes_the_same::<RestartStockResponse>(changed("restart_time"));
    decodes_the_same::<StopStockResponse>(changed("stop_time"));
    decodes_the_same::<ModifyAvailableMerchantResponse>(changed("effect_time"));
    decodes_the_same::<ModifyAvailableSingleitemResponse>(changed("effect_time"));
    decodes_the_same::<ModifyAvailableSingleitemResponse>(changed("pause_time"));
}

#[test]
fn small_responses_decode_leniently() {
    decodes_the_same::<SendCouponResponse>(object([texts("coupon_id")]));
    decodes_the_same::<ModifyStockBudgetResponse>(object([maybe_ints("max_amount"), texts("stock_id")]));
    decodes_the_same::<SetCallbackResponse>(object([maybe_texts("update_time notify_url")]));
    decodes_the_same::<Callback>(object([texts("notify_url"), maybe_texts("mchid")]));
    decodes_the_same::<UploadMarketingImageResponse>(object([texts("media_url")]));
    let echo = object([texts("echo_message"), maybe_texts("encrypted_echo_message")]);
    decodes_the_same::<SecurityEchoResponse>(echo);
    let whole = || object([texts("url"), maybe_texts("hash_value hash_type")]);
    decodes_the_same::<UseFlowResponse>(whole());
    decodes_the_same::<RefundFlowResponse>(whole());
    let day = |hash, count| object([texts("url"), maybe_texts(hash), maybe_ints(count)]);
    decodes_the_same::<UseFlowByDayResponse>(day("stock_useflow_hash", "stock_useflow_count"));
    decodes_the_same::<RefundFlowByDayResponse>(day("stock_refundflow_hash", "stock_refundflow_count"));
}

#[test]
fn pages_decode_leniently() {
    let page = |of| [maybe_ints("total_count offset limit"), lists("data", of)];
    let of_a_stock = || object([page(any_text).into_iter().flatten().collect(), texts("stock_id")]);
    decodes_the_same::<AvailableMerchantCollection>(of_a_stock());
    decodes_the_same::<AvailableSingleitemCollection>(of_a_stock());
    decodes_the_same::<StockCollection>(object(page(stock)));
    decodes_the_same::<CouponCollection>(object(page(coupon)));
}

#[test]
fn stocks_decode_leniently() {
    decodes_the_same::<Stock>(stock());
}

fn stock() -> Pair {
    let rule = object([
        maybe_ints("max_coupons max_amount max_amount_by_day max_coupons_per_user"),
        maybe("fixed_normal_coupon", amount_and_threshold()),
        maybe_texts("coupon_type"),
        lists("goods_tag", any_text),
        list_or_single_text("trade_type"),
        maybe_bools("combine_use"),
    ]);
    let region = || object([maybe_texts("type country province city district")]);
    object([
        texts("stock_id status"),
        maybe_texts("stock_creator_mchid stock_name description"),
        maybe("stock_use_rule", rule),
        maybe_texts("create_time available_begin_time available_end_time start_time stop_time"),
        maybe_texts("stock_type card_id business_type"),
        maybe_ints("distributed_coupons"),
        maybe_bools("no_cash singleitem"),
        maybe("cut_to_message", cut_to()),
        lists("available_region_list", region),
        lists("available_industry_list", any_text),
    ])
}

fn amount_and_threshold() -> Pair {
    object([maybe_ints("coupon_amount transaction_minimum")])
}

fn cut_to() -> Pair {
    object([maybe_ints("single_price_max cut_to_price")])
}

#[test]
fn coupons_decode_leniently() {
    decodes_the_same::<Coupon>(coupon());
}

fn coupon() -> Pair {
    let discount = object([maybe_ints("discount_amount_max discount_percent transaction_minimum")]);
    object([
        texts("stock_id coupon_id status"),
        common_coupon_fields(),
        maybe_texts("out_request_no"),
        maybe("cut_to_message", cut_to()),
        maybe("discount_msg", discount),
        maybe_ints("available_balance"),
    ])
}

/// A coupon in a callback has some other fields than one in a response.
#[test]
fn used_coupons_decode_leniently() {
    decodes_the_same::<CouponUsed>(object([
        texts("stock_id coupon_id"),
        maybe_texts("status"),
        common_coupon_fields(),
        maybe("singleitem_discount_off", object([maybe_ints("single_price_max")])),
        maybe("discount_to", object([maybe_ints("cut_to_price max_price")])),
    ]));
}

/// The fields of a coupon that responses and callbacks have in common.
fn common_coupon_fields() -> Vec<Field> {
    let goods = || object([maybe_texts("goods_id"), maybe_ints("quantity price discount_amount")]);
    let consumed = object([
        maybe_texts("consume_time consume_mchid transaction_id"),
        maybe_ints("consume_amount"),
        lists("goods_detail", goods),
    ]);
    let fields = [
        maybe_texts("stock_creator_mchid coupon_name description"),
        maybe_texts("create_time coupon_type available_begin_time available_end_time business_type"),
        maybe_bools("no_cash singleitem"),
        maybe("normal_coupon_information", amount_and_threshold()),
        maybe("consume_information", consumed),
    ];
    fields.into_iter().flatten().collect()
}

/// An object is looked into before it is read: it may be empty.
#[test]
fn an_object_of_numbers_allocates_nothing() {
    let allocations = |json: &str| {
        let read = || drop(serde_json::from_str::<CouponUsed>(json).unwrap());
        allocation_counter::measure(read).count_total
    };
    let objects = r#"{"stock_id":"1","discount_to":{"cut_to_price":1,"max_price":2},"singleitem_discount_off":{},
        "normal_coupon_information":{"coupon_amount":5},"coupon_id":"2"}"#;
    assert_eq!(allocations(objects), allocations(r#"{"stock_id":"1","coupon_id":"2"}"#));
}

#[test]
fn platform_favors_decode_leniently() {
    let send_rule = object([
        maybe_ints("max_coupons max_amount max_coupons_per_user max_coupons_by_day"),
        maybe_bools("natural_person_limit prevent_api_abuse"),
        maybe_texts("deduct_balance_method"),
    ]);
    let time = object([maybe_texts("available_begin_time available_end_time")]);
    let use_rule = object([maybe("available_time", time), maybe_ints("coupon_amount transaction_minimum")]);
    decodes_the_same::<PlatformFavorStockEntity>(object([
        texts("stock_id stock_status"),
        maybe_texts("belong_merchant stock_name create_time active_time pause_time card_id"),
        maybe("send_rule", send_rule),
        maybe("use_rule", use_rule),
        maybe("display_pattern", object([maybe_texts("description")])),
        maybe("statistical_data", object([maybe_ints("send_coupons_count consume_coupons_count")])),
    ]));
}

#[test]
fn open_enumerations_keep_any_text() {
    macro_rules! check {
        ($($name:ident),+) => {$({
            let known = prop::sample::select($name::KNOWN).prop_map(|value| value.as_str().to_owned());
            let mut runner = TestRunner::new(ProptestConfig::with_cases(256));
            let result = runner.run(&prop_oneof![known, any::<String>()], |text| {
                let value = $name::from(text.as_str());
                prop_assert_eq!(value.as_str(), text.as_str());
                prop_assert_eq!(value.to_string(), text.as_str());
                let json = serde_json::to_string(&text).unwrap();
                prop_assert_eq!(&serde_json::from_str::<$name>(&json).unwrap(), &value);
                prop_assert_eq!(serde_json::to_string(&value).unwrap(), json);
                Ok(())
            });
            result.unwrap_or_else(|error| panic!("{}: {error}", stringify!($name)));
            // Reading a known value allocates nothing.
            for known in $name::KNOWN {
                let json = serde_json::to_string(known).unwrap();
                let read = || assert_eq!(serde_json::from_str::<$name>(&json).ok().as_ref(), Some(known));
                assert_eq!(allocation_counter::measure(read).count_total, 0, "{json}");
            }
        })+};
    }
    check!(
        BackgroundColor,
        BusinessType,
        CouponStatus,
        CouponType,
        DeductBalanceMethod,
        ErrorCode,
        HashType,
        JumpTarget,
        PlatformFavorStockStatus,
        RegionType,
        StockStatus,
        StockType,
        TradeType
    );
}
