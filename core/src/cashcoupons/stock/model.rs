use serde::{Deserialize, Serialize};

use crate::cashcoupons::{
    BusinessType, CouponType, CutTypeMsg, FixedValueStockMsg, StockId, StockType, TradeType,
};
use crate::types::{Fen, Mchid, Timestamp, lenient, open_enum};

/// A stock (批次) as returned by the platform.
///
/// Includes fields that the official SDKs lack: `business_type`, `available_region_list` and
/// `available_industry_list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct Stock {
    /// 批次号: ID of the stock.
    pub stock_id: StockId,
    /// 创建方商户号: merchant number of the stock's creator.
    pub stock_creator_mchid: Mchid,
    /// 批次名称: name of the stock.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub stock_name: String,
    /// 批次状态: status of the stock.
    pub status: StockStatus,
    /// 批次创建时间: time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_time: Option<Timestamp>,
    /// 批次描述信息: description of the stock. May be empty.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: String,
    /// 普通发券批次特定信息: budget, limits and terms of the coupons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_use_rule: Option<StockUseRule>,
    /// 可用开始时间: start of the coupons' validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_begin_time: Option<Timestamp>,
    /// 可用结束时间: end of the coupons' validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_end_time: Option<Timestamp>,
    /// 已发券数量: number of coupons sent.
    #[serde(default, deserialize_with = "lenient::optional_int", skip_serializing_if = "Option::is_none")]
    pub distributed_coupons: Option<i64>,
    /// 是否无资金流: `true` for a deduction from the order (免充值), `false` for a prefunded coupon (预充值).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_cash: Option<bool>,
    /// 批次激活开启时间: time of activation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// 批次永久停止时间: time at which the stock ended permanently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_time: Option<Timestamp>,
    /// 单品优惠特定信息: terms of a single-item coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_to_message: Option<CutTypeMsg>,
    /// 是否单品优惠: whether the discount applies to single items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub singleitem: Option<bool>,
    /// 批次类型: type of the stock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_type: Option<StockType>,
    /// 微信卡包 ID: ID of the card in the user's wallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_id: Option<String>,
    /// 业务类型: business type. Absent for ordinary stocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_type: Option<BusinessType>,
    /// 可用地区列表: regions in which the coupons can be used.
    #[serde(default, deserialize_with = "lenient::or_default", skip_serializing_if = "Vec::is_empty")]
    pub available_region_list: Vec<AvailableRegion>,
    /// 可用行业列表: industries in which the coupons can be used.
    #[serde(default, deserialize_with = "lenient::or_default", skip_serializing_if = "Vec::is_empty")]
    pub available_industry_list: Vec<String>,
}

/// Budget and limits of a stock (批次使用规则).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct StockUseRule {
    /// 最大发券数: number of coupons.
    #[serde(default, deserialize_with = "lenient::optional_int", skip_serializing_if = "Option::is_none")]
    pub max_coupons: Option<i64>,
    /// 总消耗金额: total budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<Fen>,
    /// 单天最高消耗金额: budget per day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_amount_by_day: Option<Fen>,
    /// 固定面额发券批次特定信息: discount amount and threshold of a coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_normal_coupon: Option<FixedValueStockMsg>,
    /// 单个用户可领个数: maximum number of coupons per user.
    #[serde(default, deserialize_with = "lenient::optional_int", skip_serializing_if = "Option::is_none")]
    pub max_coupons_per_user: Option<i64>,
    /// 券类型: type of the coupons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_type: Option<CouponType>,
    /// 订单优惠标记: tags of the orders for which the coupons can be used.
    #[serde(default, deserialize_with = "lenient::or_default", skip_serializing_if = "Vec::is_empty")]
    pub goods_tag: Vec<String>,
    /// 支付方式: ways of payment with which the coupons can be used. Empty means all. Older responses contain a single
    /// string.
    #[serde(default, deserialize_with = "lenient::one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub trade_type: Vec<TradeType>,
    /// 是否可叠加其他优惠: whether the coupon can be combined with other offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine_use: Option<bool>,
}

/// A region in which coupons can be used (可用地区).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct AvailableRegion {
    /// 地区类型: level of the region.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<RegionType>,
    /// 国家: country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// 省: province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub province: Option<String>,
    /// 市: city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// 区: district.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
}

open_enum! {
    /// Level of a region (地区类型).
    pub enum RegionType {
        /// 国家: a country.
        Country = "COUNTRY",
        /// 省: a province.
        Province = "PROVINCE",
        /// 市: a city.
        City = "CITY",
        /// 区: a district.
        District = "DISTRICT",
    }
}

open_enum! {
    /// Status of a stock (批次状态).
    pub enum StockStatus {
        /// 未激活: created, but not activated yet.
        Unactivated = "unactivated",
        /// 审核中: under review.
        Audit = "audit",
        /// 运行中: coupons can be sent.
        Running = "running",
        /// 已停止: ended. The misspelled value is the platform's.
        Stopped = "stoped",
        /// 暂停发放: paused.
        Paused = "paused",
    }
}
