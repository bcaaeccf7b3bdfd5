use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::advice;
use crate::cashcoupons::limits::MAX_ID;
use crate::cashcoupons::setters::setters;
use crate::cashcoupons::{BusinessType, Coupon, CouponStatus, StockId, User, limits};
use crate::error::{Advice, ApiError};
use crate::operation::{Operation, field, repeated};
use crate::pages::{Offset, Paged, Totals};
use crate::types::{Appid, FieldProblem, InvalidField, Mchid, Openid, response};

/// 根据过滤条件查询用户的券: lists the coupons of a user, filtered by merchant, stock and status.
///
/// `GET /v3/marketing/favor/users/{openid}/coupons` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012534690)
///
/// - Requires a creator or an available merchant. [`by_creator`](Self::by_creator) lists all coupons sent from the
///   stocks of a merchant. [`by_available_merchant`](Self::by_available_merchant) lists only coupons that can be used
///   at a merchant now; the platform then ignores stock, status and page, and a list is one response. If both are set,
///   the creator takes precedence.
/// - The status `USED` lists usable coupons as well as redeemed ones.
/// - Read-only. Rate limit: 2000 requests per second, 500 per second per IP. The response is signed.
/// - `offset` is the number of a page. Use `total_count` to find the last page: a page past the end is an error,
///   [`MchNotExists`](crate::error::ErrorCode::MchNotExists).
///
/// ```
/// use wechatpay_core::cashcoupons::{CouponStatus, ListCouponsByFilter, User};
///
/// let user = User { openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(), appid: "wxd678efh567hg6787".into() };
/// let operation = ListCouponsByFilter::by_creator(user, "9865002".into())
///     .stock_id("9865000".into())
///     .status(CouponStatus::Sended)
///     .page(0, 20);
/// ```
#[doc(alias = "ListCouponsByFilterRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ListCouponsByFilter {
    /// 用户标识: openid of the user, at most 128 characters.
    pub openid: Openid,
    /// 公众账号 ID: the app to which `openid` belongs, bound to the calling merchant. At most 128 characters.
    pub appid: Appid,
    /// 批次号: lists only coupons of this stock.
    pub stock_id: Option<StockId>,
    /// 代金券状态: lists only coupons with this status.
    pub status: Option<CouponStatus>,
    /// 创建批次的商户号: lists only coupons of stocks that this merchant created.
    pub creator_mchid: Option<Mchid>,
    /// 批次发放商户号: lists only coupons sent by this merchant. Not available yet (暂未开放).
    pub sender_mchid: Option<Mchid>,
    /// 可用商户号: lists only coupons that can be used at this merchant.
    pub available_mchid: Option<Mchid>,
    /// 业务类型: lists only coupons of this business type. The official SDKs lack this filter.
    pub business_type: Option<BusinessType>,
    /// 分页页码: number of the page, from 0. The default is 0.
    pub offset: Option<u32>,
    /// 分页大小: coupons per page. The default is 20.
    pub limit: Option<u32>,
}

impl ListCouponsByFilter {
    /// The default number of coupons per page.
    pub const DEFAULT_LIMIT: u32 = 20;

    /// Lists the coupons of a user from stocks that merchant `creator_mchid` created.
    pub fn by_creator(user: User, creator_mchid: Mchid) -> Self {
        Self { creator_mchid: Some(creator_mchid), ..Self::new(user) }
    }

    /// Lists the coupons of a user that can be used at merchant `available_mchid`.
    pub fn by_available_merchant(user: User, available_mchid: Mchid) -> Self {
        Self { available_mchid: Some(available_mchid), ..Self::new(user) }
    }

    /// Leaves out the required merchant; the public constructors set it.
    fn new(User { openid, appid }: User) -> Self {
        Self {
            openid,
            appid,
            stock_id: None,
            status: None,
            creator_mchid: None,
            sender_mchid: None,
            available_mchid: None,
            business_type: None,
            offset: None,
            limit: None,
        }
    }

    setters! {
        /// Lists only coupons of this stock.
        stock_id(stock_id: StockId) { stock_id = Some(stock_id) }

        /// Lists only coupons with this status. `USED` includes `SENDED`.
        status(status: CouponStatus) { status = Some(status) }

        /// Lists only coupons sent by this merchant. Not available yet (暂未开放).
        sender_mchid(sender_mchid: Mchid) { sender_mchid = Some(sender_mchid) }

        /// Lists only coupons of this business type.
        business_type(business_type: BusinessType) { business_type = Some(business_type) }

        /// Requests page number `offset`, from 0, with `limit` coupons per page.
        page(offset: u32, limit: u32) { offset = Some(offset), limit = Some(limit) }
    }
}

response! {
    /// Response to [`ListCouponsByFilter`]: one page of coupons.
    pub struct CouponCollection {
        /// 结果集: coupons on this page.
        pub data: Vec<Coupon>,
        /// 查询结果总数: total number of coupons on all pages.
        pub total_count: Option<i64>,
        /// 分页大小: coupons per page.
        pub limit: Option<i64>,
        /// 分页页码: number of this page, from 0.
        pub offset: Option<i64>,
    }
}

impl Operation for ListCouponsByFilter {
    const NAME: &'static str = "coupon.list";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/marketing/favor/users/{openid}/coupons";
    const IDEMPOTENT: bool = true;
    type Response = CouponCollection;

    fn validate(&self) -> Result<(), InvalidField> {
        limits::user(&self.openid, &self.appid)?;
        field::optional_text("stock_id", self.stock_id.as_ref(), MAX_ID)?;
        field::optional_text("status", self.status.as_ref().map(CouponStatus::as_str), 32)?;
        field::optional_text("creator_mchid", self.creator_mchid.as_ref(), MAX_ID)?;
        field::optional_text("sender_mchid", self.sender_mchid.as_ref(), MAX_ID)?;
        field::optional_text("available_mchid", self.available_mchid.as_ref(), MAX_ID)?;
        field::optional_text("business_type", self.business_type.as_ref().map(BusinessType::as_str), 32)?;
        if self.creator_mchid.is_none() && self.available_mchid.is_none() && self.sender_mchid.is_none() {
            let rule = "is absent; at least one of creator_mchid and available_mchid is required".into();
            return Err(InvalidField::new("creator_mchid", FieldProblem::Rule(rule)));
        }
        self.limit.map_or(Ok(()), |limit| field::at_least("limit", limit.into(), 1))
    }

    // With `available_mchid`, the platform ignores other filters. Page number and size are not compared: the platform may
    // ignore them or use others. Neither are the filters `status` (USED lists SENDED too) and `business_type`.
    fn answers(&self, page: &CouponCollection) -> Result<(), &'static str> {
        if self.available_mchid.is_some() {
            return Ok(());
        }
        page.data.iter().try_for_each(|coupon| {
            if let Some(stock_id) = &self.stock_id {
                repeated::same("data.stock_id", stock_id, &coupon.stock_id)?;
            }
            match &self.creator_mchid {
                Some(creator) => {
                    let answered = coupon.stock_creator_mchid.as_ref();
                    repeated::same("data.stock_creator_mchid", creator, answered)
                }
                None => Ok(()),
            }
        })
    }

    fn advice(error: &ApiError) -> Option<Advice> {
        advice::on_pages(error)
    }
}

impl Paged for ListCouponsByFilter {
    const OFFSET: Offset = Offset::Pages;
    type Item = Coupon;

    fn position(&self) -> (u32, u32) {
        (self.offset.unwrap_or(0), self.limit.unwrap_or(Self::DEFAULT_LIMIT))
    }

    fn at(mut self, offset: u32) -> Self {
        self.offset = Some(offset);
        self
    }

    fn totals(page: &CouponCollection) -> Totals {
        Totals::new(page.total_count, page.limit)
    }

    fn items(page: CouponCollection) -> Vec<Coupon> {
        page.data
    }

    // With `available_mchid`, the platform ignores the page, unless the creator takes precedence.
    fn has_pages(&self) -> bool {
        self.available_mchid.is_none() || self.creator_mchid.is_some()
    }
}
