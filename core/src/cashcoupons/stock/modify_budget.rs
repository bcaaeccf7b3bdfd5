use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::{StockId, limits};
use crate::operation::{Operation, field};
use crate::types::{Fen, InvalidField, Mchid};

/// 修改批次预算金额: changes the budget of a stock.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/max-amount-modify`
///
/// - **Has no public page.** It comes from a generation of the official Go SDK that was withdrawn on the day it was
///   published; only its types are still there. The platform may refuse it.
/// - Needs a stock that is activated. May **move money** when the stock is prefunded (inferred from how stocks are
///   activated).
/// - Idempotent: `current_max_amount` must be the budget as it is, so a change is never made twice. 1000 requests a
///   minute. The answer is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when the stock's state does not allow it,
///   [`NotEnough`](crate::error::ErrorCode::NotEnough) when the balance does not suffice.
///
/// ```
/// use wechatpay_core::cashcoupons::ModifyStockBudget;
/// use wechatpay_core::types::Fen;
///
/// let (current, target) = (Fen::new(50_000), Fen::new(80_000));
/// let operation = ModifyStockBudget::new("9865000".into(), "8956000".into(), current, target);
/// ```
#[doc(alias = "ModifyStockBudgetRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ModifyStockBudget {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it, at most 20 characters.
    pub stock_creator_mchid: Mchid,
    /// 预算修改目标额度: the budget as it shall be.
    pub target_max_amount: Fen,
    /// 当前预算额度: the budget as it is.
    pub current_max_amount: Fen,
}

impl ModifyStockBudget {
    /// Changes the budget of `stock_id`, which `stock_creator_mchid` created, from `current` to `target`.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid, current: Fen, target: Fen) -> Self {
        Self { stock_id, stock_creator_mchid, target_max_amount: target, current_max_amount: current }
    }
}

/// The budget of a stock after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ModifyStockBudgetResponse {
    /// 批次预算额度: the budget.
    pub max_amount: Fen,
    /// 批次号: the stock.
    pub stock_id: StockId,
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
}
