use http::Method;
use serde::{Deserialize, Serialize};

use super::create_model::{CouponRule, PatternInfo, StockRule};
use crate::cashcoupons::advice;
use crate::cashcoupons::limits::{MAX_ID, out_request_no};
use crate::cashcoupons::setters::setters;
use crate::cashcoupons::{StockId, StockType};
use crate::error::{Advice, ApiError};
use crate::operation::{Operation, field};
use crate::types::{FieldProblem, InvalidField, Mchid, OutRequestNo, Timestamp, response};

/// 创建代金券批次: creates a stock. Its coupons cannot be sent until the stock is activated.
///
/// `POST /v3/marketing/favor/coupon-stocks` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012534633)
///
/// - Requires the product's permission (代金券产品权限).
/// - **Idempotent by `out_request_no`**: retrying the identical request never creates a second stock. Rate limit: 60
///   requests per minute per merchant, 1000 in total. The response is signed.
/// - The response repeats nothing of the request, so a signed response to *another* request cannot be told from the
///   right one. [`QueryStock`](crate::cashcoupons::QueryStock) shows the stock.
/// - Values that can never be valid (empty fields, fields that cannot be sent, an end before the beginning, negative amounts) are
///   rejected before the request is sent. [`check`](Self::check) lists violations of rules that the platform may
///   change; these do not block the request.
/// - Errors: [`ParamError`](crate::error::ErrorCode::ParamError) and
///   [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when a rule is broken.
///
/// ```
/// use wechatpay_core::cashcoupons::{CouponRule, CreateCouponStock, PatternInfo, RequiredStockFields, StockRule};
/// use wechatpay_core::types::Fen;
///
/// // 100 coupons of 5 yuan for orders from 20 yuan, at most 3 for one user.
/// let operation = CreateCouponStock::new(RequiredStockFields {
///     out_request_no: "19000072912026112300001".into(),
///     stock_name: "双旦满减券".into(),
///     belong_merchant: "1900007291".into(),
///     available_begin_time: "2026-12-24T00:00:00+08:00".into(),
///     available_end_time: "2027-01-02T23:59:59+08:00".into(),
///     stock_use_rule: StockRule::new(100, Fen::new(50_000), 3),
///     coupon_use_rule: CouponRule::normal(Fen::new(500), Fen::new(2_000), ["1900007291".into()]),
///     no_cash: true,
/// })
/// .pattern_info(PatternInfo::new("全场通用").merchant_name("微信支付"));
///
/// assert_eq!(operation.check(None), []);
/// ```
#[doc(alias = "CreateCouponStockRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct CreateCouponStock {
    /// 批次名称: name of the stock, 1 to 20 characters, at most 9 of them Chinese, none of `_ , ; |`.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::text))]
    pub stock_name: String,
    /// 批次备注: comment that only the merchant sees, at most 60 characters.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::optional_text))]
    pub comment: Option<String>,
    /// 批次归属商户号: merchant number of the owner, at most 20 characters. Currently only the caller itself.
    pub belong_merchant: Mchid,
    /// 批次开始时间: time from which coupons can be sent and used, in RFC 3339 format. Not in the past and at most 365 days
    /// away.
    pub available_begin_time: Timestamp,
    /// 批次结束时间: time until which coupons can be sent and used. At most 90 days after the beginning.
    pub available_end_time: Timestamp,
    /// 批次使用规则: budget and limits.
    pub stock_use_rule: StockRule,
    /// 代金券详情页: details page of the coupon.
    pub pattern_info: Option<PatternInfo>,
    /// 核销规则: where and when the coupons can be used.
    pub coupon_use_rule: CouponRule,
    /// 营销经费: `true` for a deduction from the order (免充值), `false` for a prefunded stock, which is debited at
    /// activation (预充值).
    pub no_cash: bool,
    /// 批次类型: type of the stock. Only `NORMAL` is available.
    pub stock_type: StockType,
    /// 商户单据号: the merchant's request number, which makes the request idempotent.
    pub out_request_no: OutRequestNo,
    /// 扩展属性: documented as JSON encoded as a string, with an example that is not JSON; 1 to 128 characters. Should be
    /// omitted.
    pub ext_info: Option<String>,
}

/// The required fields of a new stock. [`CreateCouponStock`] documents each field in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct RequiredStockFields {
    /// 商户单据号: the merchant's request number, which makes the request idempotent.
    pub out_request_no: OutRequestNo,
    /// 批次名称: name of the stock.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::text))]
    pub stock_name: String,
    /// 批次归属商户号: merchant number of the owner.
    pub belong_merchant: Mchid,
    /// 批次开始时间: time from which coupons can be sent and used.
    pub available_begin_time: Timestamp,
    /// 批次结束时间: time until which coupons can be sent and used.
    pub available_end_time: Timestamp,
    /// 批次使用规则: budget and limits.
    pub stock_use_rule: StockRule,
    /// 核销规则: where and when the coupons can be used.
    pub coupon_use_rule: CouponRule,
    /// 营销经费: whether the discount is deducted from the order or prefunded.
    pub no_cash: bool,
}

impl CreateCouponStock {
    /// Creates a `NORMAL` stock with the required fields.
    pub fn new(required: RequiredStockFields) -> Self {
        let RequiredStockFields {
            out_request_no,
            stock_name,
            belong_merchant,
            available_begin_time,
            available_end_time,
            stock_use_rule,
            coupon_use_rule,
            no_cash,
        } = required;
        Self {
            stock_name,
            comment: None,
            belong_merchant,
            available_begin_time,
            available_end_time,
            stock_use_rule,
            pattern_info: None,
            coupon_use_rule,
            no_cash,
            stock_type: StockType::Normal,
            out_request_no,
            ext_info: None,
        }
    }

    setters! {
        /// Sets a comment that only the merchant sees.
        comment(comment: impl Into<String>) { comment = Some(comment.into()) }

        /// Sets the details page of the coupon.
        pattern_info(pattern_info: PatternInfo) { pattern_info = Some(pattern_info) }

        /// Sets the type of the stock. Only `NORMAL` is available.
        stock_type(stock_type: StockType) { stock_type = stock_type }

        /// Sets the extension (扩展属性). Should be omitted.
        ext_info(ext_info: impl Into<String>) { ext_info = Some(ext_info.into()) }
    }
}

response! {
    /// Response to [`CreateCouponStock`].
    pub struct CreateCouponStockResponse {
        /// 批次号: ID of the stock, at most 20 characters.
        required pub stock_id: StockId,
        /// 创建时间: time of creation.
        pub create_time: Option<Timestamp>,
    }
}

impl Operation for CreateCouponStock {
    const NAME: &'static str = "stock.create";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/coupon-stocks";
    const IDEMPOTENT: bool = true;
    type Response = CreateCouponStockResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        const MAX_TIME: usize = 32;
        const ANY: usize = usize::MAX;
        out_request_no(&self.out_request_no)?;
        field::text("stock_name", &self.stock_name, ANY)?;
        field::text("belong_merchant", &self.belong_merchant, MAX_ID)?;
        field::optional_text("comment", self.comment.as_ref(), ANY)?;
        field::text("stock_type", self.stock_type.as_str(), ANY)?;
        let begin = field::timestamp("available_begin_time", &self.available_begin_time, MAX_TIME)?;
        let end = field::timestamp("available_end_time", &self.available_end_time, MAX_TIME)?;
        if end < begin {
            let rule = FieldProblem::Rule("must not be before available_begin_time".into());
            return Err(InvalidField::new("available_end_time", rule));
        }
        let rule = &self.stock_use_rule;
        field::at_least("stock_use_rule.max_coupons", rule.max_coupons, 1)?;
        field::not_negative("stock_use_rule.max_amount", rule.max_amount)?;
        field::not_negative("stock_use_rule.max_amount_by_day", rule.max_amount_by_day.unwrap_or_default())?;
        field::at_least("stock_use_rule.max_coupons_per_user", rule.max_coupons_per_user, 1)?;
        if let Some(coupon) = self.coupon_use_rule.fixed_normal_coupon {
            field::not_negative("coupon_use_rule.fixed_normal_coupon.coupon_amount", coupon.coupon_amount)?;
            field::not_negative(
                "coupon_use_rule.fixed_normal_coupon.transaction_minimum",
                coupon.transaction_minimum,
            )?;
        }
        if let Some(pattern) = &self.pattern_info {
            field::text("pattern_info.description", &pattern.description, 3000)?;
            let color = pattern.background_color.as_ref().map(|color| color.as_str());
            field::optional_text("pattern_info.background_color", color, ANY)?;
            let target = pattern.jump_target.as_ref().map(|target| target.as_str());
            field::optional_text("pattern_info.jump_target", target, ANY)?;
        }
        let mut trade_types = self.coupon_use_rule.trade_type.iter();
        trade_types.try_for_each(|kind| field::text("coupon_use_rule.trade_type", kind, ANY))?;
        for (name, list) in [
            ("coupon_use_rule.goods_tag", &self.coupon_use_rule.goods_tag),
            ("coupon_use_rule.available_items", &self.coupon_use_rule.available_items),
            ("coupon_use_rule.unavailable_items", &self.coupon_use_rule.unavailable_items),
            ("coupon_use_rule.limit_pay", &self.coupon_use_rule.limit_pay),
        ] {
            list.iter().try_for_each(|entry| field::text(name, entry, ANY))?;
        }
        let mut merchants = self.coupon_use_rule.available_merchants.iter();
        merchants.try_for_each(|mchid| field::text("coupon_use_rule.available_merchants", mchid, MAX_ID))
    }

    fn advice(error: &ApiError) -> Option<Advice> {
        advice::on_stock(error)
    }
}
