//! What the platform returns.

use super::PlatformFavorDisplayPattern;
use crate::cashcoupons::{DeductBalanceMethod, PlatformFavorStockStatus, StockId};
use crate::types::{Fen, Mchid, Timestamp, response};

response! {
    /// A stock of platform favors (立减金批次) as returned by the platform.
    pub struct PlatformFavorStockEntity {
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
        /// 批次创建时间: time of creation.
        pub create_time: Option<Timestamp>,
        /// 批次名称: name of the stock.
        pub stock_name: String,
        /// 批次归属商户号: merchant number of the owner.
        pub belong_merchant: Option<Mchid>,
        /// 发放规则: budget and limits.
        pub send_rule: Option<PlatformFavorSendRuleEntity>,
        /// 核销规则: when and for which orders the coupons can be used.
        pub use_rule: Option<PlatformFavorUseRuleEntity>,
        /// 样式信息: what the coupon shows to users.
        pub display_pattern: Option<PlatformFavorDisplayPattern>,
        /// 批次状态: status of the stock.
        required pub stock_status: PlatformFavorStockStatus,
        /// 激活时间: time of activation.
        pub active_time: Option<Timestamp>,
        /// 暂停时间: time at which the stock was paused.
        pub pause_time: Option<Timestamp>,
        /// 统计数据: number of coupons sent and redeemed.
        pub statistical_data: Option<PlatformFavorStatistics>,
        /// 微信卡包 ID: ID of the card in the user's wallet.
        pub card_id: Option<String>,
    }
}

response! {
    /// Number of coupons of a stock that were sent and redeemed (统计数据).
    #[derive(Copy)]
    pub struct PlatformFavorStatistics {
        /// 已发券数量: number of coupons sent.
        pub send_coupons_count: Option<i64>,
        /// 已核销数量: number of coupons redeemed.
        pub consume_coupons_count: Option<i64>,
    }
}

response! {
    /// Budget and limits (发放规则), as returned by the platform.
    pub struct PlatformFavorSendRuleEntity {
        /// 最大发券数: number of coupons.
        pub max_coupons: Option<i64>,
        /// 总消耗金额: total budget.
        pub max_amount: Option<Fen>,
        /// 单天最高发券数: maximum number of coupons sent per day.
        pub max_coupons_by_day: Option<i64>,
        /// 单个用户可领个数: maximum number of coupons per user.
        pub max_coupons_per_user: Option<i64>,
        /// 是否开启自然人限制: whether the limit per user applies to persons instead of accounts.
        pub natural_person_limit: Option<bool>,
        /// 是否开启防刷拦截: whether accounts that collect coupons automatically are blocked.
        pub prevent_api_abuse: Option<bool>,
        /// 扣款方式: when the budget is debited.
        pub deduct_balance_method: Option<DeductBalanceMethod>,
    }
}

response! {
    /// When and for which orders a coupon can be used (核销规则), as returned by the platform.
    pub struct PlatformFavorUseRuleEntity {
        /// 可用时间: validity of the coupons.
        pub available_time: Option<PlatformFavorAvailableTimeEntity>,
        /// 面额: discount amount.
        pub coupon_amount: Option<Fen>,
        /// 门槛: minimum amount of the order.
        pub transaction_minimum: Option<Fen>,
    }
}

response! {
    /// Validity of coupons (可用时间), as returned by the platform.
    pub struct PlatformFavorAvailableTimeEntity {
        /// 可用开始时间: start of the coupons' validity.
        pub available_begin_time: Option<Timestamp>,
        /// 可用结束时间: end of the coupons' validity.
        pub available_end_time: Option<Timestamp>,
    }
}
