use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::advice;
use crate::cashcoupons::{StockId, limits};
use crate::error::{Advice, ApiError};
use crate::operation::{Operation, field, repeated};
use crate::types::{Fen, InvalidField, Mchid, response};

/// 修改批次预算金额: changes the budget of a stock.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/max-amount-modify`
///
/// - **Has no public page.** It is known from a version of the official Go SDK that was withdrawn on the day it was
///   published; the SDK still contains its types. The platform may reject it.
/// - Requires an activated stock. May **move money** if the stock is prefunded (inferred from the activation of
///   stocks).
/// - Idempotent: `current_max_amount` must equal the current budget, so a change is never applied twice. Rate limit:
///   1000 requests per minute. The response is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when the stock's status does not allow it;
///   [`NotEnough`](crate::error::ErrorCode::NotEnough) when the balance is insufficient.
///
/// ```
/// use wechatpay_core::cashcoupons::{BudgetChange, ModifyStockBudget};
/// use wechatpay_core::types::Fen;
///
/// let change = BudgetChange { current: Fen::new(50_000), target: Fen::new(80_000) };
/// let operation = ModifyStockBudget::new("9865000".into(), "8956000".into(), change);
/// ```
#[doc(alias = "ModifyStockBudgetRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ModifyStockBudget {
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: merchant number of the stock's creator, at most 20 characters.
    pub stock_creator_mchid: Mchid,
    /// 预算修改目标额度: the new budget.
    pub target_max_amount: Fen,
    /// 当前预算额度: the current budget.
    pub current_max_amount: Fen,
}

/// The budget of a stock before and after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct BudgetChange {
    /// 当前预算额度: the current budget.
    pub current: Fen,
    /// 预算修改目标额度: the new budget.
    pub target: Fen,
}

impl ModifyStockBudget {
    /// Changes the budget of stock `stock_id`, created by `stock_creator_mchid`.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid, change: BudgetChange) -> Self {
        let BudgetChange { current, target } = change;
        Self { stock_id, stock_creator_mchid, target_max_amount: target, current_max_amount: current }
    }
}

response! {
    /// Response to [`ModifyStockBudget`].
    pub struct ModifyStockBudgetResponse {
        /// 批次预算额度: budget after the change.
        pub max_amount: Option<Fen>,
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
    }
}

impl Operation for ModifyStockBudget {
    const NAME: &'static str = "stock.modify_budget";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}/max-amount-modify";
    const IDEMPOTENT: bool = true;
    type Response = ModifyStockBudgetResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        limits::stock(&self.stock_id, &self.stock_creator_mchid)?;
        field::not_negative("target_max_amount", self.target_max_amount)?;
        field::not_negative("current_max_amount", self.current_max_amount)
    }

    fn answers(&self, response: &ModifyStockBudgetResponse) -> Result<(), &'static str> {
        repeated::same("stock_id", &self.stock_id, &response.stock_id)?;
        repeated::same("max_amount", &self.target_max_amount, response.max_amount.as_ref())
    }

    fn advice(error: &ApiError) -> Option<Advice> {
        advice::on_stock(error)
    }
}
