//! What the fields of an operation put into its path and query, by the platform's documentation. Operations that put
//! nothing there need no line, and one that is missing is noticed: there is more in its target than is expected.

use std::any::Any;

use wechatpay_core::cashcoupons::platform_favor::QueryPlatformFavor;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::types::{Appid, Mchid, Openid, Timestamp};

/// Texts for the path's parameters in turn, and the query's pairs.
pub(crate) type ExpectedTarget = (Vec<String>, Vec<(String, String)>);

macro_rules! expected_targets {
    ($($operation:ty: $($path:ident)* ? $($query:ident)*;)+) => {
        pub(crate) fn expected_target(operation: &dyn Any) -> ExpectedTarget {
            $(if let Some(operation) = operation.downcast_ref::<$operation>() {
                let path: &[Option<String>] = &[$(operation.$path.text()),*];
                let query: &[(&str, Option<String>)] = &[$((stringify!($query), operation.$query.text())),*];
                let query = query.iter().filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?)));
                return (path.iter().flatten().cloned().collect(), query.collect());
            })+
            ExpectedTarget::default()
        }
    };
}

expected_targets! {
    StartStock: stock_id ?;
    PauseStock: stock_id ?;
    RestartStock: stock_id ?;
    StopStock: stock_id ?;
    QueryStock: stock_id ? stock_creator_mchid;
    ListStocks: ? offset limit stock_creator_mchid create_start_time create_end_time status;
    ListAvailableMerchants: stock_id ? offset limit stock_creator_mchid;
    ListAvailableSingleitems: stock_id ? offset limit stock_creator_mchid;
    ModifyAvailableMerchants: stock_id ?;
    ModifyAvailableSingleitems: stock_id ?;
    ModifyStockBudget: stock_id ?;
    UseFlow: stock_id ?;
    RefundFlow: stock_id ?;
    UseFlowByDay: stock_id ? bill_date;
    RefundFlowByDay: stock_id ? bill_date;
    SendCoupon: openid ?;
    QueryCoupon: openid coupon_id ? appid;
    ListCouponsByFilter: openid ?
        appid stock_id status creator_mchid sender_mchid available_mchid business_type offset limit;
    QueryCallback: ? mchid;
    QueryPlatformFavor: stock_id ? stock_creator_mchid;
}

/// A value as the documentation writes it; nothing for one that is not there.
trait Text {
    fn text(&self) -> Option<String>;
}

impl<T: Text> Text for Option<T> {
    fn text(&self) -> Option<String> {
        self.as_ref().and_then(T::text)
    }
}

macro_rules! text {
    ($($type:ty),+; by $text:ident) => {
        $(impl Text for $type {
            fn text(&self) -> Option<String> {
                Some(self.$text().into())
            }
        })+
    };
}

text!(Appid, CouponId, Mchid, Openid, StockId, Timestamp, BusinessType, CouponStatus, StockStatus; by as_str);
text!(BillDate, u32; by to_string);
