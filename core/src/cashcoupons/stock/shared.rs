//! Code that operations on one stock share.

use crate::cashcoupons::StockId;
use crate::error::{ApiError, ErrorCode};
use crate::types::{Timestamp, lenient};

/// Implements an operation with the fields `stock_id` and `stock_creator_mchid`. The response repeats `stock_id`, and
/// the field `$also`.
macro_rules! stock_operation {
    ($operation:ident, $name:literal, $method:ident $path:literal, idempotent: $idempotent:literal, $response:ty $(, also: $also:ident)?) => {
        impl $operation {
            /// Creates the operation for stock `stock_id`, created by `stock_creator_mchid`.
            pub fn new(
                stock_id: $crate::cashcoupons::StockId,
                stock_creator_mchid: $crate::types::Mchid,
            ) -> Self {
                Self { stock_id, stock_creator_mchid }
            }
        }

        impl $crate::operation::Operation for $operation {
            const NAME: &'static str = $name;
            const METHOD: http::Method = http::Method::$method;
            const PATH: &'static str = $path;
            const IDEMPOTENT: bool = $idempotent;
            type Response = $response;

            fn validate(&self) -> Result<(), $crate::types::InvalidField> {
                $crate::cashcoupons::limits::stock(&self.stock_id, &self.stock_creator_mchid)
            }

            fn answers(&self, response: &$response) -> Result<(), &'static str> {
                use $crate::operation::repeated;
                repeated::same("stock_id", &self.stock_id, &response.stock_id)?;
                $(repeated::same(stringify!($also), &self.$also, response.$also.as_ref())?;)?
                Ok(())
            }

            fn advice(error: &$crate::error::ApiError) -> Option<$crate::error::Advice> {
                $crate::cashcoupons::advice::on_stock(error)
            }
        }
    };
}

/// Implements a list operation on one stock, with the fields `offset`, `limit`, `stock_creator_mchid` and `stock_id`.
macro_rules! stock_list {
    ($operation:ident, $name:literal, $path:literal, limit: $limit:literal, offset: $offset:literal, $collection:ident of $item:ty) => {
        impl $operation {
            /// The maximum number of entries per page.
            pub const MAX_LIMIT: u32 = $limit;
            /// The maximum page number.
            pub const MAX_OFFSET: u32 = $offset;

            /// Lists the first [`MAX_LIMIT`](Self::MAX_LIMIT) entries of stock `stock_id`, created by
            /// `stock_creator_mchid`.
            pub fn new(
                stock_id: $crate::cashcoupons::StockId,
                stock_creator_mchid: $crate::types::Mchid,
            ) -> Self {
                Self { offset: 0, limit: Self::MAX_LIMIT, stock_creator_mchid, stock_id }
            }

            /// Requests page number `offset`, from 0, with `limit` entries per page.
            #[must_use]
            pub fn page(mut self, offset: u32, limit: u32) -> Self {
                (self.offset, self.limit) = (offset, limit);
                self
            }
        }

        impl $crate::operation::Operation for $operation {
            const NAME: &'static str = $name;
            const METHOD: http::Method = http::Method::GET;
            const PATH: &'static str = $path;
            const IDEMPOTENT: bool = true;
            type Response = $collection;

            fn validate(&self) -> Result<(), $crate::types::InvalidField> {
                use $crate::operation::field::number;
                number("offset", self.offset.into(), 0..=Self::MAX_OFFSET.into())?;
                number("limit", self.limit.into(), 1..=Self::MAX_LIMIT.into())?;
                $crate::cashcoupons::limits::stock(&self.stock_id, &self.stock_creator_mchid)
            }

            // Page number and size are not compared: the platform may use another size than the requested one.
            fn answers(&self, page: &$collection) -> Result<(), &'static str> {
                $crate::operation::repeated::same("stock_id", &self.stock_id, &page.stock_id)
            }
        }

        $crate::pages::paged!($operation, $collection, $item);
    };
}

/// Implements the operation that returns the link to the flow file of a whole stock.
macro_rules! flow_link {
    ($operation:ident, $name:literal, $path:literal, $response:ident) => {
        impl $operation {
            /// Requests the file of stock `stock_id`.
            pub fn new(stock_id: $crate::cashcoupons::StockId) -> Self {
                Self { stock_id }
            }
        }

        impl $crate::operation::Operation for $operation {
            const NAME: &'static str = $name;
            const METHOD: http::Method = http::Method::GET;
            const PATH: &'static str = $path;
            const IDEMPOTENT: bool = true;
            const RESPONSE_SIGNATURE: $crate::operation::ResponseSignature =
                $crate::operation::ResponseSignature::WhenPresent;
            type Response = $response;

            fn validate(&self) -> Result<(), $crate::types::InvalidField> {
                use $crate::cashcoupons::limits::MAX_ID;
                $crate::operation::field::text("stock_id", &self.stock_id, MAX_ID)
            }

            fn hint(error: &$crate::error::ApiError) -> Option<&'static str> {
                $crate::cashcoupons::stock::shared::flow_hint(error)
            }
        }

        impl $crate::download::FileLink for $response {
            fn url(&self) -> &str {
                self.url.as_str()
            }

            fn hash_type(&self) -> &str {
                use $crate::cashcoupons::HashType;
                self.hash_type.as_ref().unwrap_or(&HashType::Sha1).as_str()
            }

            fn hash_value(&self) -> &str {
                &self.hash_value
            }
        }
    };
}

/// Implements the operation that returns the link to the flow file of a stock and a day. `$hash` and `$count` are the
/// response's fields with the hash and the number of rows.
macro_rules! flow_link_by_day {
    ($operation:ident, $name:literal, $path:literal, $response:ident, $hash:ident, $count:ident) => {
        impl $operation {
            /// Requests the file of stock `stock_id` for the day `bill_date`.
            pub fn new(
                stock_id: $crate::cashcoupons::StockId,
                bill_date: $crate::cashcoupons::BillDate,
            ) -> Self {
                Self { stock_id, bill_date }
            }
        }

        impl $crate::operation::Operation for $operation {
            const NAME: &'static str = $name;
            const METHOD: http::Method = http::Method::GET;
            const PATH: &'static str = $path;
            const IDEMPOTENT: bool = true;
            type Response = $response;

            fn validate(&self) -> Result<(), $crate::types::InvalidField> {
                use $crate::cashcoupons::limits::MAX_ID;
                $crate::operation::field::text("stock_id", &self.stock_id, MAX_ID)
            }

            fn hint(error: &$crate::error::ApiError) -> Option<&'static str> {
                $crate::cashcoupons::stock::shared::flow_by_day_hint(error)
            }
        }

        impl $crate::download::FileLink for $response {
            fn url(&self) -> &str {
                self.url.as_str()
            }

            fn hash_value(&self) -> &str {
                &self.$hash
            }

            fn rows(&self) -> Option<i64> {
                self.$count
            }
        }
    };
}

/// Converts [`Changed`] to a response. The time is taken from the first of these fields that is present.
macro_rules! from_changed {
    ($response:ident { $time:ident $(, or $other:ident)+ }) => {
        impl From<Changed> for $response {
            fn from(changed: Changed) -> Self {
                Self { $time: changed.$time$(.or(changed.$other))+, stock_id: changed.stock_id }
            }
        }
    };
}

pub(crate) use {flow_link, flow_link_by_day, from_changed, stock_list, stock_operation};

/// Explains the error for a missing flow file.
pub(super) fn flow_hint(error: &ApiError) -> Option<&'static str> {
    (error.code() == Some(&ErrorCode::ResourceNotExists)).then_some(
        "the file is available from 10:00 on the day after the stock ends, and only if it has rows",
    )
}

/// Explains the internal codes of the files of one day. Their errors are documented by these codes only.
pub(super) fn flow_by_day_hint(error: &ApiError) -> Option<&'static str> {
    match error.internal_code()? {
        "268586001" => Some("no coupon of the stock was redeemed on this day"),
        "268586003" => Some("no payment with a coupon of the stock was refunded on this day"),
        "268573590" => {
            Some("bill_date must be before today, within the last year and within the validity of the stock")
        }
        _ => None,
    }
}

/// Response to a change of a stock. Sources disagree on the name of the time field, and a response may contain several.
#[derive(serde::Deserialize)]
pub(super) struct Changed {
    #[serde(default, deserialize_with = "lenient::optional")]
    pub(super) effect_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::optional")]
    pub(super) pause_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::optional")]
    pub(super) restart_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::optional")]
    pub(super) start_time: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::required")]
    pub(super) stock_id: StockId,
}
