use http::Method;
use serde::{Deserialize, Serialize};

use super::shared::{Changed, from_changed};
use crate::cashcoupons::advice;
use crate::cashcoupons::setters::setters;
use crate::cashcoupons::{StockId, limits};
use crate::error::{Advice, ApiError};
use crate::operation::{Operation, field, repeated};
use crate::types::{FieldProblem, InvalidField, Mchid, Timestamp, response};

/// 修改可核销商品编码: adds and removes goods for which a stock's coupons can be used.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/modify-goods-id` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4017164667)
///
/// - Requires an activated stock that has not ended. At least one of the goods must remain.
/// - The public page describes the lists as comma-separated query parameters. All other sources describe JSON arrays
///   in the body, which this operation sends.
/// - Idempotent. The rate limit and the maximum length of the lists are not documented. The response is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when the stock's status does not allow it.
///
/// ```
/// use wechatpay_core::cashcoupons::ModifyAvailableSingleitems;
///
/// let operation = ModifyAvailableSingleitems::new("9865000".into(), "8956000".into())
///     .add_goods_id_list(["8956000"]);
/// ```
#[doc(alias = "ModifyAvailableSingleitemRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ModifyAvailableSingleitems {
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: merchant number of the stock's creator, at most 20 characters.
    pub stock_creator_mchid: Mchid,
    /// 增加单品编码列表: IDs of the goods to add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::texts))]
    pub add_goods_id_list: Vec<String>,
    /// 删除单品编码列表: IDs of the goods to remove.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::texts))]
    pub delete_goods_id_list: Vec<String>,
}

impl ModifyAvailableSingleitems {
    /// Changes the goods of stock `stock_id`, created by `stock_creator_mchid`. Add or remove at least one.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid) -> Self {
        Self {
            stock_id,
            stock_creator_mchid,
            add_goods_id_list: Vec::new(),
            delete_goods_id_list: Vec::new(),
        }
    }

    setters! {
        /// Sets the IDs of the goods to add.
        add_goods_id_list(goods: impl IntoIterator<Item = impl Into<String>>) {
            add_goods_id_list = goods.into_iter().map(Into::into).collect()
        }

        /// Sets the IDs of the goods to remove.
        delete_goods_id_list(goods: impl IntoIterator<Item = impl Into<String>>) {
            delete_goods_id_list = goods.into_iter().map(Into::into).collect()
        }
    }
}

response! {
    /// Response to [`ModifyAvailableSingleitems`].
    #[serde(from = "Changed")]
    pub struct ModifyAvailableSingleitemResponse {
        /// 生效时间: time from which the change takes effect. Named `pause_time` on the public page.
        pub effect_time: Option<Timestamp>,
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
    }
}

from_changed!(ModifyAvailableSingleitemResponse { effect_time, or pause_time });

impl Operation for ModifyAvailableSingleitems {
    const NAME: &'static str = "stock.modify_items";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}/modify-goods-id";
    const IDEMPOTENT: bool = true;
    type Response = ModifyAvailableSingleitemResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        const ANY: usize = usize::MAX;
        limits::stock(&self.stock_id, &self.stock_creator_mchid)?;
        if self.add_goods_id_list.is_empty() && self.delete_goods_id_list.is_empty() {
            let rule = FieldProblem::Rule(
                "is empty; at least one of add_goods_id_list and delete_goods_id_list is required".into(),
            );
            return Err(InvalidField::new("add_goods_id_list", rule));
        }
        let text = |name| move |entry: &String| field::text(name, entry, ANY);
        self.add_goods_id_list.iter().try_for_each(text("add_goods_id_list"))?;
        self.delete_goods_id_list.iter().try_for_each(text("delete_goods_id_list"))
    }

    fn answers(&self, response: &ModifyAvailableSingleitemResponse) -> Result<(), &'static str> {
        repeated::same("stock_id", &self.stock_id, &response.stock_id)
    }

    fn advice(error: &ApiError) -> Option<Advice> {
        advice::on_stock(error)
    }
}
