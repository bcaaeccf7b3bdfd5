use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::limits::MAX_ID;
use crate::cashcoupons::setters::setters;
use crate::cashcoupons::{Stock, StockStatus};
use crate::operation::{Operation, field, repeated};
use crate::pages::paged;
use crate::types::{FieldProblem, InvalidField, Mchid, Timestamp, response};

/// 条件查询批次列表: lists the stocks that a merchant created.
///
/// `GET /v3/marketing/favor/stocks` · [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460489)
///
/// - Requires the product's permission and a stock that was created.
/// - Read-only. Rate limit: 1000 requests per second, 500 per second per IP. The response is signed.
/// - `offset` is the number of a page. Use `total_count` to find the last page: a page past the end may be an error,
///   [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists).
///
/// ```
/// use wechatpay_core::cashcoupons::{ListStocks, StockStatus};
///
/// let operation = ListStocks::new("9856888".into()).page(1, 8).status(StockStatus::Paused);
/// ```
#[doc(alias = "ListStocksRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ListStocks {
    /// 分页页码: number of the page, from 0.
    pub offset: u32,
    /// 分页大小: stocks per page, 1 to 10.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::up_to::<{ ListStocks::MAX_LIMIT }>))]
    pub limit: u32,
    /// 批次创建方商户号: merchant number of the stocks' creator.
    pub stock_creator_mchid: Mchid,
    /// 起始创建时间: lists only stocks created at or after this time. RFC 3339 format, at most 64 characters.
    pub create_start_time: Option<Timestamp>,
    /// 终止创建时间: lists only stocks created until this time.
    pub create_end_time: Option<Timestamp>,
    /// 批次状态: lists only stocks with this status.
    pub status: Option<StockStatus>,
}

impl ListStocks {
    /// The maximum value of `limit`.
    pub const MAX_LIMIT: u32 = 10;

    /// Lists the first ten stocks that `stock_creator_mchid` created.
    pub fn new(stock_creator_mchid: Mchid) -> Self {
        Self {
            offset: 0,
            limit: Self::MAX_LIMIT,
            stock_creator_mchid,
            create_start_time: None,
            create_end_time: None,
            status: None,
        }
    }

    setters! {
        /// Requests page number `offset`, from 0, with `limit` stocks per page.
        page(offset: u32, limit: u32) { offset = offset, limit = limit }

        /// Lists only stocks created from `start` until `end`.
        created_between(start: Timestamp, end: Timestamp) {
            create_start_time = Some(start),
            create_end_time = Some(end)
        }

        /// Lists only stocks created at or after `start`.
        create_start_time(start: Timestamp) { create_start_time = Some(start) }

        /// Lists only stocks created until `end`.
        create_end_time(end: Timestamp) { create_end_time = Some(end) }

        /// Lists only stocks with this status.
        status(status: StockStatus) { status = Some(status) }
    }
}

response! {
    /// Response to [`ListStocks`]: one page of stocks.
    pub struct StockCollection {
        /// 总数量: total number of stocks on all pages.
        pub total_count: Option<i64>,
        /// 批次详情: stocks on this page.
        pub data: Vec<Stock>,
        /// 分页大小: stocks per page.
        pub limit: Option<i64>,
        /// 分页页码: number of this page, from 0.
        pub offset: Option<i64>,
    }
}

impl Operation for ListStocks {
    const NAME: &'static str = "stock.list";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/marketing/favor/stocks";
    const IDEMPOTENT: bool = true;
    type Response = StockCollection;

    fn validate(&self) -> Result<(), InvalidField> {
        const MAX_TIME: usize = 64;
        field::number("limit", self.limit.into(), 1..=Self::MAX_LIMIT.into())?;
        field::text("stock_creator_mchid", &self.stock_creator_mchid, MAX_ID)?;
        field::optional_text("status", self.status.as_ref().map(StockStatus::as_str), 32)?;
        let time = |field, time: &Option<Timestamp>| {
            time.as_ref().map(|time| field::timestamp(field, time, MAX_TIME)).transpose()
        };
        let start = time("create_start_time", &self.create_start_time)?;
        let end = time("create_end_time", &self.create_end_time)?;
        match start.zip(end) {
            Some((start, end)) if end < start => Err(InvalidField::new(
                "create_end_time",
                FieldProblem::Rule("must not be before create_start_time".into()),
            )),
            _ => Ok(()),
        }
    }

    // Page number and size are not compared: the platform may use another size than the requested one. Neither is the
    // status, which may change while the list is read.
    fn answers(&self, page: &StockCollection) -> Result<(), &'static str> {
        page.data.iter().try_for_each(|stock| {
            let answered = stock.stock_creator_mchid.as_ref();
            repeated::same("data.stock_creator_mchid", &self.stock_creator_mchid, answered)
        })
    }
}

paged!(ListStocks, StockCollection, Stock);
