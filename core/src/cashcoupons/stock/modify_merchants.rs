use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::advice;
use crate::cashcoupons::limits::MAX_ID;
use crate::cashcoupons::setters::setters;
use crate::cashcoupons::{StockId, limits};
use crate::error::{Advice, ApiError};
use crate::operation::{Operation, field, repeated};
use crate::types::{FieldProblem, InvalidField, Mchid, Timestamp, response};

/// 修改批次可用商户号: adds and removes merchants at which a stock's coupons can be used.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/modify-merchants`
///
/// - **Has no public page.** It is known from a version of the official Go SDK that was withdrawn on the day it was
///   published; the SDK still contains its types. The platform may reject it.
/// - Requires an activated stock.
/// - Idempotent. The rate limit and the maximum length of the lists are not documented. The response is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when the stock's status does not allow it.
///
/// ```
/// use wechatpay_core::cashcoupons::ModifyAvailableMerchants;
///
/// let operation = ModifyAvailableMerchants::new("9865000".into(), "8956000".into())
///     .add_mchid_list(["9856000".into()]);
/// ```
#[doc(alias = "ModifyAvailableMerchantRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ModifyAvailableMerchants {
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: merchant number of the stock's creator, at most 20 characters.
    pub stock_creator_mchid: Mchid,
    /// 增加可用商户列表: merchant numbers to add, at most 20 characters each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_mchid_list: Vec<Mchid>,
    /// 删除可用商户列表: merchant numbers to remove, at most 20 characters each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delete_mchid_list: Vec<Mchid>,
}

impl ModifyAvailableMerchants {
    /// Changes the merchants of stock `stock_id`, created by `stock_creator_mchid`. Add or remove at least one.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid) -> Self {
        Self { stock_id, stock_creator_mchid, add_mchid_list: Vec::new(), delete_mchid_list: Vec::new() }
    }

    setters! {
        /// Sets the merchant numbers to add.
        add_mchid_list(merchants: impl IntoIterator<Item = Mchid>) {
            add_mchid_list = merchants.into_iter().collect()
        }

        /// Sets the merchant numbers to remove.
        delete_mchid_list(merchants: impl IntoIterator<Item = Mchid>) {
            delete_mchid_list = merchants.into_iter().collect()
        }
    }
}

response! {
    /// Response to [`ModifyAvailableMerchants`].
    pub struct ModifyAvailableMerchantResponse {
        /// 生效时间: time from which the change takes effect.
        pub effect_time: Option<Timestamp>,
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
    }
}

impl Operation for ModifyAvailableMerchants {
    const NAME: &'static str = "stock.modify_merchants";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}/modify-merchants";
    const IDEMPOTENT: bool = true;
    type Response = ModifyAvailableMerchantResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        limits::stock(&self.stock_id, &self.stock_creator_mchid)?;
        if self.add_mchid_list.is_empty() && self.delete_mchid_list.is_empty() {
            let rule = FieldProblem::Rule(
                "is empty; at least one of add_mchid_list and delete_mchid_list is required".into(),
            );
            return Err(InvalidField::new("add_mchid_list", rule));
        }
        let text = |name| move |entry: &Mchid| field::text(name, entry, MAX_ID);
        self.add_mchid_list.iter().try_for_each(text("add_mchid_list"))?;
        self.delete_mchid_list.iter().try_for_each(text("delete_mchid_list"))
    }

    fn answers(&self, response: &ModifyAvailableMerchantResponse) -> Result<(), &'static str> {
        repeated::same("stock_id", &self.stock_id, &response.stock_id)
    }

    fn advice(error: &ApiError) -> Option<Advice> {
        advice::on_stock(error)
    }
}
