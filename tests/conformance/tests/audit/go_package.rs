//! The official Go package `services/cashcoupons`, type by type, as its documentation lists them: each is found here
//! under its name, with all its fields and values.

use std::collections::BTreeMap;
use std::fmt::Debug;

use wechatpay_conformance::public_types::{PublicType, public_types};

use crate::*;

/// Each struct with its fields by their JSON names.
const STRUCTS: &[(&str, &str)] = &[
    ("AvailableMerchantCollection", "total_count data offset limit stock_id"),
    ("AvailableSingleitemCollection", "total_count data offset limit stock_id"),
    ("Callback", "notify_url mchid"),
    ("CardLimitation", "name bin"),
    (
        "Coupon",
        "stock_creator_mchid stock_id cut_to_message coupon_name status description create_time \
         coupon_type no_cash available_begin_time available_end_time singleitem \
         normal_coupon_information",
    ),
    ("CouponCollection", "data total_count limit offset"),
    (
        "CouponRule",
        "coupon_available_time fixed_normal_coupon goods_tag trade_type combine_use available_items \
         unavailable_items available_merchants limit_card limit_pay",
    ),
    (
        "CreateCouponStockRequest",
        "stock_name comment belong_merchant available_begin_time available_end_time stock_use_rule \
         pattern_info coupon_use_rule no_cash stock_type out_request_no ext_info",
    ),
    ("CreateCouponStockResponse", "stock_id create_time"),
    ("CutTypeMsg", "single_price_max cut_to_price"),
    ("FavorAvailableTime", "fix_available_time second_day_available available_time_after_receive"),
    ("FixedAvailableTime", "available_week_day begin_time end_time"),
    ("FixedValueStockMsg", "coupon_amount transaction_minimum"),
    ("FormFile", "filename content_type content"),
    ("ImageMeta", "filename sha256"),
    ("ListAvailableMerchantsRequest", "offset limit stock_creator_mchid stock_id"),
    ("ListAvailableSingleitemsRequest", "offset limit stock_creator_mchid stock_id"),
    (
        "ListCouponsByFilterRequest",
        "openid appid stock_id status creator_mchid sender_mchid available_mchid offset limit",
    ),
    ("ListStocksRequest", "offset limit stock_creator_mchid create_start_time create_end_time status"),
    ("MediaImageRequest", "file meta"),
    ("MediaImageResponse", "media_url"),
    ("ModifyAvailableMerchantRequest", "stock_creator_mchid add_mchid_list delete_mchid_list"),
    ("ModifyAvailableMerchantResponse", "effect_time stock_id"),
    ("ModifyAvailableSingleitemRequest", "stock_creator_mchid add_goods_id_list delete_goods_id_list"),
    ("ModifyAvailableSingleitemResponse", "effect_time stock_id"),
    ("ModifyStockBudgetRequest", "stock_creator_mchid target_max_amount current_max_amount"),
    ("ModifyStockBudgetResponse", "max_amount stock_id"),
    (
        "PatternInfo",
        "description merchant_logo merchant_name background_color coupon_image jump_target \
         mini_program_appid mini_program_path",
    ),
    ("PauseStockBody", "stock_creator_mchid"),
    ("PauseStockRequest", "stock_creator_mchid stock_id"),
    ("PauseStockResponse", "pause_time stock_id"),
    ("QueryCallbackRequest", "mchid"),
    ("QueryCouponRequest", "coupon_id appid openid"),
    ("QueryStockRequest", "stock_id stock_creator_mchid"),
    ("RefundFlowRequest", "stock_id"),
    ("RefundFlowResponse", "url hash_value hash_type"),
    ("RestartStockBody", "stock_creator_mchid"),
    ("RestartStockRequest", "stock_creator_mchid stock_id"),
    ("RestartStockResponse", "restart_time stock_id"),
    ("SendCouponBody", "stock_id out_request_no appid stock_creator_mchid coupon_value coupon_minimum"),
    (
        "SendCouponRequest",
        "stock_id openid out_request_no appid stock_creator_mchid coupon_value coupon_minimum",
    ),
    ("SendCouponResponse", "coupon_id"),
    ("SetCallbackRequest", "mchid notify_url switch"),
    ("SetCallbackResponse", "update_time notify_url"),
    ("StartStockBody", "stock_creator_mchid"),
    ("StartStockRequest", "stock_creator_mchid stock_id"),
    ("StartStockResponse", "start_time stock_id"),
    (
        "Stock",
        "stock_id stock_creator_mchid stock_name status create_time description stock_use_rule \
         available_begin_time available_end_time distributed_coupons no_cash start_time stop_time \
         cut_to_message singleitem stock_type card_id",
    ),
    ("StockCollection", "total_count data limit offset"),
    (
        "StockRule",
        "max_coupons max_amount max_amount_by_day max_coupons_per_user natural_person_limit \
         prevent_api_abuse",
    ),
    (
        "StockUseRule",
        "max_coupons max_amount max_amount_by_day fixed_normal_coupon max_coupons_per_user \
         coupon_type goods_tag trade_type combine_use",
    ),
    ("StopStockBody", "stock_creator_mchid"),
    ("StopStockRequest", "stock_creator_mchid stock_id"),
    ("StopStockResponse", "stop_time stock_id"),
    ("UseFlowRequest", "stock_id"),
    ("UseFlowResponse", "url hash_value hash_type"),
];

/// The services. Their methods are the operations.
const SERVICES: &[&str] = &["CallBackUrlApiService", "CouponApiService", "StockApiService"];

/// The enumerations; [`every_value_of_the_go_package_is_known`] has their values.
const ENUMS: &[&str] =
    &["BackgroundColor", "DeductBalanceMethod", "JumpTarget", "PlatformFavorStockStatus", "TradeType"];

/// The one type of this name or alias, and its own name.
fn find<'a>(types: &'a BTreeMap<String, PublicType>, name: &str) -> (&'a str, &'a PublicType) {
    let called = |(own, found): &(&String, &PublicType)| {
        *own == name || found.aliases.iter().any(|alias| alias == name)
    };
    let found: Vec<_> = types.iter().filter(called).collect();
    let [(own, found)] = found.as_slice() else { panic!("{name} is {found:?}") };
    (own, found)
}

#[test]
fn every_type_of_the_go_package_is_here() {
    // As many as its index lists, each once.
    let structs = STRUCTS.iter().map(|(name, _)| *name);
    let names: BTreeSet<_> = structs.clone().chain(SERVICES.iter().chain(ENUMS).copied()).collect();
    assert_eq!((names.len(), STRUCTS.len() + SERVICES.len() + ENUMS.len()), (64, 64));
    let types = public_types(&workspace("core/src"));
    for name in structs.chain(ENUMS.iter().copied()) {
        find(&types, name);
    }
    let module = std::fs::read_to_string(workspace("core/src/cashcoupons/mod.rs")).unwrap();
    let aliases = module.lines().find(|line| line.starts_with("#![doc(alias(")).unwrap();
    assert!(SERVICES.iter().all(|name| aliases.contains(&format!("{name:?}"))), "{aliases}");
}

#[test]
fn every_field_of_the_go_package_is_here() {
    struct Names(Vec<&'static str>);
    impl EachOperation for Names {
        fn operation<O: MadeUp>(&mut self) {
            self.0.extend(std::any::type_name::<O>().rsplit("::").next());
        }
    }
    let mut operations = Names(Vec::new());
    each_operation(&mut operations);
    let types = public_types(&workspace("core/src"));
    for (name, fields) in STRUCTS {
        let (own, found) = find(&types, name);
        for field in fields.split(' ') {
            assert!(found.fields.iter().any(|name| name == field), "{name} is {own}, which lacks {field}");
        }
        if name.ends_with("Request") {
            assert!(operations.0.contains(&own), "{name} is {own}, which is no operation");
        }
    }
}

#[test]
fn every_value_of_the_go_package_is_known() {
    fn known<T: PartialEq + Debug + for<'a> From<&'a str> + 'static>(known: &[T], texts: &str) {
        for text in texts.split(' ') {
            assert!(known.contains(&T::from(text)), "{text} is not one of {known:?}");
        }
    }
    known(
        BackgroundColor::KNOWN,
        "COLOR010 COLOR020 COLOR030 COLOR040 COLOR050 COLOR060 COLOR070 COLOR080 COLOR081 COLOR082 COLOR090 \
         COLOR100 COLOR101 COLOR102",
    );
    known(DeductBalanceMethod::KNOWN, "BATCH_DEDUCT REALTIME_DEDUCT");
    known(JumpTarget::KNOWN, "PAYMENT_CODE MINI_PROGRAM DEFAULT_PAGE");
    known(PlatformFavorStockStatus::KNOWN, "UNACTIVATED RUNNING PAUSED EXPIRED");
    known(TradeType::KNOWN, "MICROAPP APPPAY PPAY CARD FACE OTHER");
    // Plain strings there, with their values in comments.
    known(StockStatus::KNOWN, "unactivated audit running stoped paused");
    known(StockType::KNOWN, "NORMAL DISCOUNT EXCHAHGE RANDOM DISCOUNT_CUT OTHER");
    known(CouponStatus::KNOWN, "SENDED USED EXPIRED");
    known(CouponType::KNOWN, "NORMAL CUT_TO");
}
