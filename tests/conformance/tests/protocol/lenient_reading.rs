//! Whatever the platform adds, leaves out or writes otherwise, an answer of the documented shape reads the same.

use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wechatpay_core::SecurityEchoResponse;
use wechatpay_core::cashcoupons::platform_favor::PlatformFavorStockEntity;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::error::ErrorCode;

/// The same answer twice: as documented, and as it may come.
type Pair = BoxedStrategy<(Value, Value)>;

/// A field of an object, which may be absent in either.
struct Field(&'static str, BoxedStrategy<(Option<Value>, Option<Value>)>);

fn required(name: &'static str, value: Pair) -> Field {
    Field(name, value.prop_map(|(strict, loose)| (Some(strict), Some(loose))).boxed())
}

/// What may be absent may be `null` as well; it then counts as `default`.
fn optional(name: &'static str, value: Pair, default: Option<Value>) -> Field {
    let absent = any::<bool>().prop_map(move |null| (default.clone(), null.then_some(Value::Null)));
    Field(name, prop_oneof![required(name, value).1, absent].boxed())
}

fn object(fields: impl IntoIterator<Item = Field>) -> Pair {
    let (names, values): (Vec<_>, Vec<_>) =
        fields.into_iter().map(|Field(name, value)| (name, value)).unzip();
    let unknown = prop::collection::btree_map("new_[a-z]{0,4}", any_json(), 0..3);
    (values, unknown)
        .prop_map(move |(values, unknown)| {
            let (mut strict, mut loose) = (Map::new(), Map::from_iter(unknown));
            for (name, (as_documented, as_it_comes)) in names.iter().zip(values) {
                strict.extend(as_documented.map(|value| ((*name).to_owned(), value)));
                loose.extend(as_it_comes.map(|value| ((*name).to_owned(), value)));
            }
            (Value::Object(strict), Value::Object(loose))
        })
        .boxed()
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn same(value: impl Strategy<Value = Value> + 'static) -> Pair {
    value.prop_map(|value| (value.clone(), value)).boxed()
}

fn any_text() -> Pair {
    same(any::<String>().prop_map(Value::from))
}

fn any_int() -> Pair {
    let loose = |(number, quoted): (i64, bool)| {
        (number.into(), if quoted { number.to_string().into() } else { number.into() })
    };
    any::<(i64, bool)>().prop_map(loose).boxed()
}

fn many(of: Pair) -> Pair {
    let lists = |pairs: Vec<_>| {
        let (strict, loose): (Vec<Value>, Vec<Value>) = pairs.into_iter().unzip();
        (strict.into(), loose.into())
    };
    prop::collection::vec(of, 0..3).prop_map(lists).boxed()
}

fn text(name: &'static str) -> Field {
    required(name, any_text())
}

fn int(name: &'static str) -> Field {
    required(name, any_int())
}

fn list(name: &'static str, of: Pair) -> Field {
    optional(name, many(of), Some(Value::Array(Vec::new())))
}

fn maybe_text(name: &'static str) -> Field {
    optional(name, any_text(), None)
}

/// A text that counts as empty when it is absent.
fn text_or_empty(name: &'static str) -> Field {
    optional(name, any_text(), Some("".into()))
}

fn maybe_int(name: &'static str) -> Field {
    optional(name, any_int(), None)
}

fn maybe_bool(name: &'static str) -> Field {
    optional(name, same(any::<bool>().prop_map(Value::from)), None)
}

fn maybe(name: &'static str, fields: impl IntoIterator<Item = Field>) -> Field {
    optional(name, object(fields), None)
}

/// A list that older answers give as a lone text.
fn list_or_lone_text(name: &'static str) -> Field {
    let lone = any::<String>().prop_map(|text| (vec![text.clone()].into(), text.into()));
    optional(name, prop_oneof![lone, many(any_text())].boxed(), Some(Value::Array(Vec::new())))
}

fn reads_the_same<T>(shape: Pair)
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
        // And what was read can be kept and read again.
        prop_assert_eq!(&read(&serde_json::to_value(&expected).unwrap())?, &expected);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{}: {error}", std::any::type_name::<T>()));
}

#[test]
fn times() {
    let answer = |time| object([text(time), text("stock_id")]);
    reads_the_same::<CreateCouponStockResponse>(answer("create_time"));
    reads_the_same::<StartStockResponse>(answer("start_time"));
    reads_the_same::<PauseStockResponse>(answer("pause_time"));
    reads_the_same::<RestartStockResponse>(answer("restart_time"));
    reads_the_same::<StopStockResponse>(answer("stop_time"));
    reads_the_same::<ModifyAvailableMerchantResponse>(answer("effect_time"));
    reads_the_same::<ModifyAvailableSingleitemResponse>(answer("effect_time"));
    reads_the_same::<ModifyAvailableSingleitemResponse>(answer("pause_time"));
}

#[test]
fn small_answers() {
    reads_the_same::<SendCouponResponse>(object([text("coupon_id")]));
    reads_the_same::<ModifyStockBudgetResponse>(object([int("max_amount"), text("stock_id")]));
    reads_the_same::<SetCallbackResponse>(object([text("update_time"), text("notify_url")]));
    reads_the_same::<Callback>(object([text("notify_url"), text("mchid")]));
    reads_the_same::<UploadMarketingImageResponse>(object([text("media_url")]));
    let echo = object([text("echo_message"), maybe_text("encrypted_echo_message")]);
    reads_the_same::<SecurityEchoResponse>(echo);
    let flow = || object([text("url"), text("hash_value"), text("hash_type")]);
    reads_the_same::<UseFlowResponse>(flow());
    reads_the_same::<RefundFlowResponse>(flow());
    let day = |hash, count| object([text("url"), text(hash), int(count)]);
    reads_the_same::<UseFlowByDayResponse>(day("stock_useflow_hash", "stock_useflow_count"));
    reads_the_same::<RefundFlowByDayResponse>(day("stock_refundflow_hash", "stock_refundflow_count"));
}

#[test]
fn pages() {
    let page = |of| [int("total_count"), int("offset"), int("limit"), list("data", of)];
    let of_a_stock = || object(page(any_text()).into_iter().chain([text("stock_id")]));
    reads_the_same::<AvailableMerchantCollection>(of_a_stock());
    reads_the_same::<AvailableSingleitemCollection>(of_a_stock());
    reads_the_same::<StockCollection>(object(page(stock())));
    reads_the_same::<CouponCollection>(object(page(coupon())));
}

#[test]
fn stocks() {
    reads_the_same::<Stock>(stock());
}

fn stock() -> Pair {
    let region = ["type", "country", "province", "city", "district"].map(maybe_text);
    object([
        text("stock_id"),
        text("stock_creator_mchid"),
        text_or_empty("stock_name"),
        text("status"),
        maybe_text("create_time"),
        text_or_empty("description"),
        maybe(
            "stock_use_rule",
            [
                maybe_int("max_coupons"),
                maybe_int("max_amount"),
                maybe_int("max_amount_by_day"),
                maybe("fixed_normal_coupon", amount_and_threshold()),
                maybe_int("max_coupons_per_user"),
                maybe_text("coupon_type"),
                list("goods_tag", any_text()),
                list_or_lone_text("trade_type"),
                maybe_bool("combine_use"),
            ],
        ),
        maybe_text("available_begin_time"),
        maybe_text("available_end_time"),
        maybe_int("distributed_coupons"),
        maybe_bool("no_cash"),
        maybe_text("start_time"),
        maybe_text("stop_time"),
        maybe("cut_to_message", cut_to()),
        maybe_bool("singleitem"),
        maybe_text("stock_type"),
        maybe_text("card_id"),
        maybe_text("business_type"),
        list("available_region_list", object(region)),
        list("available_industry_list", any_text()),
    ])
}

fn amount_and_threshold() -> [Field; 2] {
    [int("coupon_amount"), int("transaction_minimum")]
}

fn cut_to() -> [Field; 2] {
    [int("single_price_max"), int("cut_to_price")]
}

#[test]
fn coupons() {
    reads_the_same::<Coupon>(coupon());
}

fn coupon() -> Pair {
    let discount = ["discount_amount_max", "discount_percent", "transaction_minimum"].map(maybe_int);
    object(coupon_anywhere().into_iter().chain([
        maybe_text("out_request_no"),
        maybe("cut_to_message", cut_to()),
        maybe("discount_msg", discount),
        maybe_int("available_balance"),
    ]))
}

/// In callbacks other fields say what it is for.
#[test]
fn used_coupons() {
    reads_the_same::<CouponUsed>(object(coupon_anywhere().into_iter().chain([
        maybe("singleitem_discount_off", [int("single_price_max")]),
        maybe("discount_to", [int("cut_to_price"), int("max_price")]),
    ])));
}

/// What answers and callbacks say of a coupon alike.
fn coupon_anywhere() -> Vec<Field> {
    let goods = [text("goods_id"), maybe_int("quantity"), maybe_int("price"), maybe_int("discount_amount")];
    let consumed = [
        maybe_text("consume_time"),
        maybe_text("consume_mchid"),
        maybe_text("transaction_id"),
        maybe_int("consume_amount"),
        list("goods_detail", object(goods)),
    ];
    vec![
        text("stock_creator_mchid"),
        text("stock_id"),
        text("coupon_id"),
        text_or_empty("coupon_name"),
        text("status"),
        text_or_empty("description"),
        maybe_text("create_time"),
        maybe_text("coupon_type"),
        maybe_bool("no_cash"),
        maybe_text("available_begin_time"),
        maybe_text("available_end_time"),
        maybe_bool("singleitem"),
        maybe("normal_coupon_information", amount_and_threshold()),
        maybe("consume_information", consumed),
        maybe_text("business_type"),
    ]
}

#[test]
fn platform_favors() {
    let send_rule = [
        int("max_coupons"),
        int("max_amount"),
        maybe_int("max_coupons_by_day"),
        int("max_coupons_per_user"),
        maybe_bool("natural_person_limit"),
        maybe_bool("prevent_api_abuse"),
        text("deduct_balance_method"),
    ];
    let time = object([text("available_begin_time"), text("available_end_time")]);
    let use_rule = [required("available_time", time), int("coupon_amount"), maybe_int("transaction_minimum")];
    let statistics = ["send_coupons_count", "consume_coupons_count"].map(maybe_int);
    reads_the_same::<PlatformFavorStockEntity>(object([
        text("stock_id"),
        maybe_text("create_time"),
        text_or_empty("stock_name"),
        text("belong_merchant"),
        maybe("send_rule", send_rule),
        maybe("use_rule", use_rule),
        maybe("display_pattern", [maybe_text("description")]),
        text("stock_status"),
        maybe_text("active_time"),
        maybe_text("pause_time"),
        maybe("statistical_data", statistics),
        maybe_text("card_id"),
    ]));
}

#[test]
fn open_enumerations_give_back_any_text() {
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
