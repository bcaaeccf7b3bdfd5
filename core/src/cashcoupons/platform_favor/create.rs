use http::Method;
use serde::{Deserialize, Serialize};

use super::{
    PlatformFavorDisplayPattern, PlatformFavorSendRule, PlatformFavorStockEntity, PlatformFavorUseRule,
};
use crate::cashcoupons::advice;
use crate::cashcoupons::limits::{MAX_ID, out_request_no};
use crate::cashcoupons::setters::setters;
use crate::error::{Advice, ApiError};
use crate::operation::{Operation, field, repeated};
use crate::types::{FieldProblem, InvalidField, Mchid, OutRequestNo};

/// 创建立减金批次: creates a stock of platform favors. Withdrawn from the official Go SDK.
///
/// `POST /v3/marketing/favor/platform-favor`
///
/// - Whether it is idempotent by `out_request_no` is not documented, so it is treated as **not idempotent**: a request
///   that may have reached the platform is never retried.
/// - Rate limit: 1000 requests per minute. The response is assumed to be signed like all others (inferred).
///
/// ```
/// use wechatpay_core::cashcoupons::DeductBalanceMethod;
/// use wechatpay_core::cashcoupons::platform_favor::{
///     CreatePlatformFavor, PlatformFavorAvailableTime, PlatformFavorSendRule, PlatformFavorUseRule,
/// };
/// use wechatpay_core::types::Fen;
///
/// let time = PlatformFavorAvailableTime::new(
///     "2026-12-24T00:00:00+08:00".into(),
///     "2027-01-02T23:59:59+08:00".into(),
/// );
/// let operation = CreatePlatformFavor::new(
///     "98568865".into(),
///     PlatformFavorSendRule::new(100, Fen::new(50_000), 3, DeductBalanceMethod::BatchDeduct),
///     PlatformFavorUseRule::new(time, Fen::new(500)),
///     "19000072912026112300001".into(),
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct CreatePlatformFavor {
    /// 批次归属商户号: merchant number of the owner, at most 20 characters.
    pub belong_merchant: Mchid,
    /// 发放规则: budget and limits.
    pub send_rule: PlatformFavorSendRule,
    /// 核销规则: when and for which orders the coupons can be used.
    pub use_rule: PlatformFavorUseRule,
    /// 样式信息: what the coupon shows to users.
    pub display_pattern: Option<PlatformFavorDisplayPattern>,
    /// 商户单据号: the merchant's request number.
    pub out_request_no: OutRequestNo,
}

impl CreatePlatformFavor {
    /// Creates a stock of merchant `belong_merchant`.
    pub fn new(
        belong_merchant: Mchid,
        send_rule: PlatformFavorSendRule,
        use_rule: PlatformFavorUseRule,
        out_request_no: OutRequestNo,
    ) -> Self {
        Self { belong_merchant, send_rule, use_rule, display_pattern: None, out_request_no }
    }

    setters! {
        /// Sets what the coupon shows to users.
        display_pattern(display_pattern: PlatformFavorDisplayPattern) {
            display_pattern = Some(display_pattern)
        }
    }
}

impl Operation for CreatePlatformFavor {
    const NAME: &'static str = "platform_favor.create";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/platform-favor";
    const IDEMPOTENT: bool = false;
    type Response = PlatformFavorStockEntity;

    fn validate(&self) -> Result<(), InvalidField> {
        const MAX_TIME: usize = 32;
        out_request_no(&self.out_request_no)?;
        field::text("belong_merchant", &self.belong_merchant, MAX_ID)?;
        let rule = &self.send_rule;
        field::at_least("send_rule.max_coupons", rule.max_coupons, 1)?;
        field::not_negative("send_rule.max_amount", rule.max_amount)?;
        field::at_least("send_rule.max_coupons_by_day", rule.max_coupons_by_day.unwrap_or(1), 1)?;
        field::at_least("send_rule.max_coupons_per_user", rule.max_coupons_per_user, 1)?;
        field::text("send_rule.deduct_balance_method", rule.deduct_balance_method.as_str(), usize::MAX)?;
        let rule = &self.use_rule;
        field::not_negative("use_rule.coupon_amount", rule.coupon_amount)?;
        field::not_negative("use_rule.transaction_minimum", rule.transaction_minimum.unwrap_or_default())?;
        let time = &rule.available_time;
        let begin = field::timestamp(
            "use_rule.available_time.available_begin_time",
            &time.available_begin_time,
            MAX_TIME,
        )?;
        let end = field::timestamp(
            "use_rule.available_time.available_end_time",
            &time.available_end_time,
            MAX_TIME,
        )?;
        if end < begin {
            let rule = FieldProblem::Rule("must not be before available_begin_time".into());
            return Err(InvalidField::new("use_rule.available_time.available_end_time", rule));
        }
        let description = self.display_pattern.as_ref().and_then(|pattern| pattern.description.as_ref());
        field::optional_text("display_pattern.description", description, usize::MAX)
    }

    // No response of the platform is known. Only the merchant and the numbers are compared; times, switches and texts
    // may be returned in another form.
    fn answers(&self, stock: &PlatformFavorStockEntity) -> Result<(), &'static str> {
        use repeated::same;
        /// Compares a number that the request may leave to the platform.
        fn same_if_requested<T: PartialEq>(
            field: &'static str,
            requested: Option<&T>,
            answered: Option<&T>,
        ) -> Result<(), &'static str> {
            requested.map_or(Ok(()), |requested| same(field, requested, answered))
        }
        same("belong_merchant", &self.belong_merchant, stock.belong_merchant.as_ref())?;
        if let Some(rule) = &stock.send_rule {
            let ours = &self.send_rule;
            same("send_rule.max_coupons", &ours.max_coupons, rule.max_coupons.as_ref())?;
            same("send_rule.max_amount", &ours.max_amount, rule.max_amount.as_ref())?;
            same_if_requested(
                "send_rule.max_coupons_by_day",
                ours.max_coupons_by_day.as_ref(),
                rule.max_coupons_by_day.as_ref(),
            )?;
            same(
                "send_rule.max_coupons_per_user",
                &ours.max_coupons_per_user,
                rule.max_coupons_per_user.as_ref(),
            )?;
        }
        if let Some(rule) = &stock.use_rule {
            let ours = &self.use_rule;
            same("use_rule.coupon_amount", &ours.coupon_amount, rule.coupon_amount.as_ref())?;
            same_if_requested(
                "use_rule.transaction_minimum",
                ours.transaction_minimum.as_ref(),
                rule.transaction_minimum.as_ref(),
            )?;
        }
        Ok(())
    }

    fn advice(error: &ApiError) -> Option<Advice> {
        advice::on_stock(error)
    }
}
