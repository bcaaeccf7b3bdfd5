//! The official Go package `services/cashcoupons`, type by type, as its documentation lists them: each is found here
//! under its name, with all its fields and values.

use std::fmt::Debug;

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

#[test]
fn every_type_of_the_go_package_is_here() {
    let sources = Sources::read();
    // As many as its index lists, each once.
    let names: BTreeSet<_> =
        STRUCTS.iter().map(|(name, _)| *name).chain(SERVICES.iter().chain(ENUMS).copied()).collect();
    assert_eq!((names.len(), STRUCTS.len() + SERVICES.len() + ENUMS.len()), (64, 64));
    let missing: Vec<_> = names.iter().filter(|name| sources.find(name).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_field_of_the_go_package_is_here() {
    struct Names(Vec<String>);
    impl EachOperation for Names {
        fn operation<O: MadeUp>(&mut self) {
            self.0.extend(std::any::type_name::<O>().rsplit("::").next().map(str::to_owned));
        }
    }
    let mut operations = Names(Vec::new());
    each_operation(&mut operations);
    let Names(operations) = operations;
    let sources = Sources::read();
    for (name, fields) in STRUCTS {
        let item = sources.find(name).unwrap_or_else(|| panic!("{name} is missing"));
        for field in fields.split(' ') {
            assert!(item.fields.contains(field), "{name} is {}, which lacks {field}", item.name);
        }
        if name.ends_with("Request") {
            assert!(operations.contains(&item.name), "{name} is {}, which is no operation", item.name);
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

/// A public struct, enum or module: what it is called, and its fields by their JSON names.
#[derive(Default, PartialEq, Debug)]
struct Item {
    name: String,
    aliases: Vec<String>,
    fields: BTreeSet<String>,
}

struct Sources {
    items: Vec<Item>,
}

impl Sources {
    fn read() -> Self {
        Self { items: items(&text_of("core/src")) }
    }

    /// The one item of this name or alias.
    fn find(&self, name: &str) -> Option<&Item> {
        let mut found =
            self.items.iter().filter(|item| item.name == name || item.aliases.iter().any(|a| a == name));
        let item = found.next()?;
        assert_eq!(found.next(), None, "{name} and {} are the same", item.name);
        Some(item)
    }
}

/// Reads the items out of source text as rustfmt lays it out.
fn items(text: &str) -> Vec<Item> {
    let mut items = Vec::new();
    // The attributes above the line, and the struct around it with the line that ends it.
    let mut attributes = String::new();
    let mut open: Option<(Item, String)> = None;
    for line in text.lines() {
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        if code.starts_with("//") {
            continue;
        }
        let in_attribute = attributes.matches('[').count() > attributes.matches(']').count();
        if code.starts_with("#[") || in_attribute {
            attributes.push_str(code);
            continue;
        }
        let attributes = std::mem::take(&mut attributes);
        if code.starts_with("#![doc(alias") {
            items.push(Item { aliases: quoted(code), ..Item::default() });
        }
        if let Some((item, end)) = &mut open {
            if line == end {
                items.extend(open.take().map(|(item, _)| item));
            } else if let Some((field, _)) = code.strip_prefix("pub ").and_then(|code| code.split_once(':')) {
                let serde = attributes.split("#[").filter(|attribute| attribute.starts_with("serde("));
                let named = |key| {
                    serde
                        .clone()
                        .flat_map(move |attribute| attribute.split(key).skip(1))
                        .filter_map(first_quoted)
                };
                item.fields.insert(named("rename = ").next().unwrap_or_else(|| field.to_owned()));
                item.fields.extend(named("alias = "));
            }
            continue;
        }
        let declared = ["pub struct ", "pub enum "].iter().find_map(|keyword| code.strip_prefix(keyword));
        if let Some(declared) = declared {
            let name = declared.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let aliases = attributes.split("#[").filter(|attribute| attribute.starts_with("doc(alias"));
            let item = Item { name, aliases: aliases.flat_map(quoted).collect(), ..Item::default() };
            match code.ends_with('{') && code.starts_with("pub struct ") {
                true => open = Some((item, format!("{indent}}}"))),
                false => items.push(item),
            }
        }
    }
    items
}

fn first_quoted(text: &str) -> Option<String> {
    quoted(text).into_iter().next()
}

fn quoted(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn items_are_read_as_they_are_written() {
    let text = r#"
#![doc(alias("A", "B"))]
/// pub struct Comment {
#[doc(alias = "OneRequest")]
#[doc(alias = "OneBody")]
#[derive(Debug)]
pub struct One {
    /// #[serde(rename = "comment")]
    #[serde(
        default,
        rename = "kind"
    )]
    pub type_: Option<u8>,
    #[serde(alias = "other", alias = "third")]
    pub time: u8,
    private: u8,
}

open_enum! {
    pub enum Two {
        One = "ONE",
    }
}

pub struct Three(u8);
struct Hidden {
    pub field: u8,
}
"#;
    let item = |name: &str, aliases: &[&str], fields: &[&str]| Item {
        name: name.to_owned(),
        aliases: aliases.iter().map(|text| (*text).to_owned()).collect(),
        fields: fields.iter().map(|text| (*text).to_owned()).collect(),
    };
    let expected = [
        item("", &["A", "B"], &[]),
        item("One", &["OneRequest", "OneBody"], &["kind", "time", "other", "third"]),
        item("Two", &[], &[]),
        item("Three", &[], &[]),
    ];
    assert_eq!(items(text), expected);
}
