use serde::{Deserialize, Serialize};

use crate::cashcoupons::DeductBalanceMethod;
use crate::cashcoupons::setters::setters;
use crate::types::{Fen, Timestamp, response};

/// Budget and limits (发放规则).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct PlatformFavorSendRule {
    /// 最大发券数: number of coupons.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::count))]
    pub max_coupons: i64,
    /// 总消耗金额: total budget.
    pub max_amount: Fen,
    /// 单天最高发券数: maximum number of coupons sent per day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::optional_count))]
    pub max_coupons_by_day: Option<i64>,
    /// 单个用户可领个数: maximum number of coupons per user.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::count))]
    pub max_coupons_per_user: i64,
    /// 是否开启自然人限制: whether the limit per user applies to persons instead of accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub natural_person_limit: Option<bool>,
    /// 是否开启防刷拦截: whether accounts that collect coupons automatically are blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prevent_api_abuse: Option<bool>,
    /// 扣款方式: when the budget is debited.
    pub deduct_balance_method: DeductBalanceMethod,
}

impl PlatformFavorSendRule {
    /// Describes a stock of `max_coupons` coupons, with the budget `max_amount` and at most `max_coupons_per_user`
    /// coupons per user.
    pub const fn new(
        max_coupons: i64,
        max_amount: Fen,
        max_coupons_per_user: i64,
        deduct_balance_method: DeductBalanceMethod,
    ) -> Self {
        Self {
            max_coupons,
            max_amount,
            max_coupons_by_day: None,
            max_coupons_per_user,
            natural_person_limit: None,
            prevent_api_abuse: None,
            deduct_balance_method,
        }
    }

    setters! {
        /// Limits the number of coupons sent per day.
        max_coupons_by_day(max_coupons_by_day: i64) { max_coupons_by_day = Some(max_coupons_by_day) }

        /// Sets whether the limit per user applies to persons instead of accounts.
        natural_person_limit(on: bool) { natural_person_limit = Some(on) }

        /// Sets whether accounts that collect coupons automatically are blocked.
        prevent_api_abuse(on: bool) { prevent_api_abuse = Some(on) }
    }
}

/// When and for which orders a coupon can be used (核销规则).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct PlatformFavorUseRule {
    /// 可用时间: validity of the coupons.
    pub available_time: PlatformFavorAvailableTime,
    /// 面额: discount amount.
    pub coupon_amount: Fen,
    /// 门槛: minimum amount of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_minimum: Option<Fen>,
}

impl PlatformFavorUseRule {
    /// Describes coupons that deduct `coupon_amount` and are valid during `available_time`.
    pub const fn new(available_time: PlatformFavorAvailableTime, coupon_amount: Fen) -> Self {
        Self { available_time, coupon_amount, transaction_minimum: None }
    }

    setters! {
        /// Sets the minimum amount of the order.
        transaction_minimum(transaction_minimum: Fen) { transaction_minimum = Some(transaction_minimum) }
    }
}

/// Validity of coupons (可用时间).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct PlatformFavorAvailableTime {
    /// 可用开始时间: start of the coupons' validity, in RFC 3339 format.
    pub available_begin_time: Timestamp,
    /// 可用结束时间: end of the coupons' validity.
    pub available_end_time: Timestamp,
}

impl PlatformFavorAvailableTime {
    /// Sets a validity from `available_begin_time` until `available_end_time`.
    pub const fn new(available_begin_time: Timestamp, available_end_time: Timestamp) -> Self {
        Self { available_begin_time, available_end_time }
    }
}

response! {
    /// What a coupon shows to users (样式信息).
    #[derive(Default)]
    pub struct PlatformFavorDisplayPattern {
        /// 使用说明: the rules of the campaign.
        pub description: Option<String>,
    }
}

impl PlatformFavorDisplayPattern {
    /// Shows these rules of the campaign.
    pub fn new(description: impl Into<String>) -> Self {
        Self { description: Some(description.into()) }
    }
}
