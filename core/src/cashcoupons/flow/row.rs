use std::fmt;

use serde::{Deserialize, Serialize};

use super::lines::MAX_LEN;
use crate::cashcoupons::{CouponId, StockId};
use crate::types::{Fen, Mchid, Timestamp};

/// A row of a flow file. The columns differ by file. Absent columns and empty values are `None`.
///
/// It can be stored as JSON and read back. Amounts are in fen there, as everywhere. What is absent stays absent.
///
/// ```
/// use wechatpay_core::cashcoupons::{FlowRow, FlowRows};
///
/// let file = "批次id,优惠id,优惠金额（元）,退款单号\n\
///             `15000005,`18100032,`1.00,`50000\n\
///             总条数\n\
///             `1\n";
/// for row in FlowRows::new(file.as_bytes(), None) {
///     let row = row?;
///     assert_eq!(row.stock_id.as_ref().unwrap().as_str(), "15000005");
///     assert_eq!(row.discount_amount.unwrap().get(), 100);
///     assert_eq!(row.order_amount, None);
///     assert_eq!(row.other("退款单号"), Some("50000"));
///
///     let stored = serde_json::to_string(&row)?;
///     assert_eq!(
///         stored,
///         r#"{"stock_id":"15000005","coupon_id":"18100032","discount_amount":100,"other":[["退款单号","50000"]]}"#
///     );
///     assert_eq!(serde_json::from_str::<FlowRow>(&stored)?, row);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct FlowRow {
    /// 批次id: ID of the stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_id: Option<StockId>,
    /// 优惠id: ID of the coupon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon_id: Option<CouponId>,
    /// 优惠类型: type of the coupon, such as `全场代金券`. The values are not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount_type: Option<String>,
    /// 优惠金额（元）: discount amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount_amount: Option<Fen>,
    /// 订单总金额（元）: total amount of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_amount: Option<Fen>,
    /// 交易类型: type of the transaction, such as `支付`. The values are not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trade_type: Option<String>,
    /// 支付单号: transaction ID of the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// 消耗时间: time of the redemption, in Beijing time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consume_time: Option<Timestamp>,
    /// 消耗商户号: merchant number of the merchant that redeemed the coupon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consume_mchid: Option<Mchid>,
    /// 设备号: number of the device. Encoded in base64 in files of one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// 银行流水号: the bank's serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_serial_no: Option<String>,
    /// 单品信息: the goods. The format is not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods: Option<String>,
    /// 是否合单订单: whether the order is part of a combined payment of several orders. Present in files of one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combined: Option<String>,
    /// 微信支付合单单号: transaction ID of the combined payment. Present in files of one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combined_transaction_id: Option<String>,
    /// 合单优惠总金额: total discount of the combined payment. Present in files of one day. Assumed to be in yuan, like the
    /// other amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combined_discount_amount: Option<Fen>,
    /// 合单订单总金额: total amount of the combined payment. Present in files of one day. Assumed to be in yuan, like the
    /// other amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combined_order_amount: Option<Fen>,
    /// Columns unknown to this version, as pairs of name and value in the order of the file. If the file has several
    /// columns with one name, all but the first are here too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<(String, String)>,
}

/// Omits the device, the bank's serial number, the goods and the values of unknown columns, because any of them may
/// identify a person.
impl fmt::Debug for FlowRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let other: Vec<&str> = self.other.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("FlowRow")
            .field("stock_id", &self.stock_id)
            .field("coupon_id", &self.coupon_id)
            .field("discount_type", &self.discount_type)
            .field("discount_amount", &self.discount_amount)
            .field("order_amount", &self.order_amount)
            .field("trade_type", &self.trade_type)
            .field("transaction_id", &self.transaction_id)
            .field("consume_time", &self.consume_time)
            .field("consume_mchid", &self.consume_mchid)
            .field("combined", &self.combined)
            .field("combined_transaction_id", &self.combined_transaction_id)
            .field("combined_discount_amount", &self.combined_discount_amount)
            .field("combined_order_amount", &self.combined_order_amount)
            .field("other", &other)
            .finish_non_exhaustive()
    }
}

impl FlowRow {
    /// The maximum length of a row, in bytes.
    pub const MAX_LEN: u64 = MAX_LEN as u64;

    /// Returns the value of a column unknown to this version, by the column's name in the file.
    pub fn other(&self, column: &str) -> Option<&str> {
        let (_, value) = self.other.iter().find(|(name, _)| name == column)?;
        Some(value)
    }
}
