use crate::cashcoupons::{
    BusinessType, CouponType, CutTypeMsg, NormalCouponInformation, StockId, StockType, TradeType,
};
use crate::types::{Fen, Mchid, Timestamp, open_enum, response};

response! {
    /// A stock (批次) as returned by the platform.
    ///
    /// Includes fields that the official SDKs lack: `business_type`, `available_region_list` and
    /// `available_industry_list`.
    pub struct Stock {
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
        /// 创建方商户号: merchant number of the stock's creator.
        pub stock_creator_mchid: Option<Mchid>,
        /// 批次名称: name of the stock.
        pub stock_name: String,
        /// 批次状态: status of the stock.
        required pub status: StockStatus,
        /// 批次创建时间: time of creation.
        pub create_time: Option<Timestamp>,
        /// 批次描述信息: description of the stock. May be empty.
        pub description: String,
        /// 普通发券批次特定信息: budget, limits and terms of the coupons.
        pub stock_use_rule: Option<StockUseRule>,
        /// 可用开始时间: start of the coupons' validity.
        pub available_begin_time: Option<Timestamp>,
        /// 可用结束时间: end of the coupons' validity.
        pub available_end_time: Option<Timestamp>,
        /// 已发券数量: number of coupons sent.
        pub distributed_coupons: Option<i64>,
        /// 是否无资金流: `true` for a deduction from the order (免充值), `false` for a prefunded coupon (预充值).
        pub no_cash: Option<bool>,
        /// 批次激活开启时间: time of activation.
        pub start_time: Option<Timestamp>,
        /// 批次永久停止时间: time at which the stock ended permanently.
        pub stop_time: Option<Timestamp>,
        /// 单品优惠特定信息: terms of a single-item coupon.
        pub cut_to_message: Option<CutTypeMsg>,
        /// 是否单品优惠: whether the discount applies to single items.
        pub singleitem: Option<bool>,
        /// 批次类型: type of the stock.
        pub stock_type: Option<StockType>,
        /// 微信卡包 ID: ID of the card in the user's wallet.
        pub card_id: Option<String>,
        /// 业务类型: business type. Absent for ordinary stocks.
        pub business_type: Option<BusinessType>,
        /// 可用地区列表: regions in which the coupons can be used.
        pub available_region_list: Vec<AvailableRegion>,
        /// 可用行业列表: industries in which the coupons can be used.
        pub available_industry_list: Vec<String>,
    }
}

response! {
    /// Budget and limits of a stock (批次使用规则).
    pub struct StockUseRule {
        /// 最大发券数: number of coupons.
        pub max_coupons: Option<i64>,
        /// 总消耗金额: total budget.
        pub max_amount: Option<Fen>,
        /// 单天最高消耗金额: budget per day.
        pub max_amount_by_day: Option<Fen>,
        /// 固定面额发券批次特定信息: discount amount and threshold of a coupon.
        pub fixed_normal_coupon: Option<NormalCouponInformation>,
        /// 单个用户可领个数: maximum number of coupons per user.
        pub max_coupons_per_user: Option<i64>,
        /// 券类型: type of the coupons.
        pub coupon_type: Option<CouponType>,
        /// 订单优惠标记: tags of the orders for which the coupons can be used.
        pub goods_tag: Vec<String>,
        /// 支付方式: ways of payment with which the coupons can be used. Empty means all. Older responses contain a single
        /// string.
        pub trade_type: Vec<TradeType>,
        /// 是否可叠加其他优惠: whether the coupon can be combined with other offers.
        pub combine_use: Option<bool>,
    }
}

response! {
    /// A region in which coupons can be used (可用地区).
    pub struct AvailableRegion {
        /// 地区类型: level of the region.
        #[serde(rename = "type")]
        pub kind: Option<RegionType>,
        /// 国家: country.
        pub country: Option<String>,
        /// 省: province.
        pub province: Option<String>,
        /// 市: city.
        pub city: Option<String>,
        /// 区: district.
        pub district: Option<String>,
    }
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
