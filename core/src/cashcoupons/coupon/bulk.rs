//! What a coupon means for a campaign.

use crate::bulk::{BulkOperation, Refusal, Supply};
use crate::cashcoupons::{
    Coupon, ListCouponsByFilter, QueryCoupon, QueryStock, SendCoupon, SendCouponResponse, Stock, StockStatus,
    User,
};
use crate::error::{Advice, ApiError, ErrorCode, StopReason};

/// The internal numbers of an `INVALID_REQUEST` that is about the openid: it belongs to another app, or is none. The
/// platform looks at the openid before anything else could depend on an earlier attempt.
const OPENID: [&str; 2] = ["270079501", "270079498"];

impl SendCoupon {
    fn holder(&self) -> User {
        User { openid: self.openid.clone(), appid: self.appid.clone() }
    }
}

impl BulkOperation for SendCoupon {
    type Check = QueryStock;
    type List = ListCouponsByFilter;
    type Detail = QueryCoupon;

    fn user(&self) -> &str {
        self.openid.as_str()
    }

    fn made(response: &SendCouponResponse) -> String {
        response.coupon_id.as_str().to_owned()
    }

    fn refusal(error: &ApiError) -> Refusal {
        let code = error.code();
        if code == Some(&ErrorCode::NotEnough) {
            return Refusal::NoBudget;
        }
        if let Advice::Stop(reason) = error.advice() {
            // A budget that is used up may be there again a few seconds later.
            return if reason == StopReason::Budget { Refusal::NoBudget } else { Refusal::Stop(reason) };
        }
        match code {
            Some(ErrorCode::ParamError) => {
                let field = error.detail().and_then(|detail| detail.field);
                match field.is_some_and(|field| field.trim_start_matches('/') == "openid") {
                    true => Refusal::Request { settles: true },
                    // All other fields are the same for all users, but for the number, which is made to fit.
                    false => Refusal::Stop(StopReason::Setup),
                }
            }
            Some(ErrorCode::InvalidRequest) => {
                let settles = error.internal_code().is_some_and(|code| OPENID.contains(&code));
                Refusal::Request { settles }
            }
            Some(ErrorCode::RequestBlocked) => Refusal::Blocked,
            Some(ErrorCode::RuleLimit) => Refusal::Limit,
            Some(ErrorCode::UserAccountAbnormal) => Refusal::User,
            code => Refusal::Other { settles: code.is_some_and(|code| ErrorCode::KNOWN.contains(code)) },
        }
    }

    fn check(&self) -> QueryStock {
        QueryStock::new(self.stock_id.clone(), self.stock_creator_mchid.clone())
    }

    fn supply(stock: &Stock) -> Supply {
        if matches!(stock.status, StockStatus::Stopped | StockStatus::Paused) {
            return Supply::Gone(StopReason::Stock);
        }
        let Some(rule) = &stock.stock_use_rule else { return Supply::There { per_day: None } };
        let left =
            rule.max_coupons.zip(stock.distributed_coupons).map(|(all, sent)| all.saturating_sub(sent));
        if left.is_some_and(|left| left <= 0) {
            return Supply::Gone(StopReason::Budget);
        }
        let value = rule.fixed_normal_coupon.as_ref().and_then(|coupon| coupon.coupon_amount);
        let per_day =
            rule.max_amount_by_day.zip(value).and_then(|(day, one)| day.get().checked_div(one.get()));
        Supply::There { per_day: per_day.and_then(|number| u64::try_from(number).ok()) }
    }

    fn list(&self) -> ListCouponsByFilter {
        ListCouponsByFilter::by_creator(self.holder(), self.stock_creator_mchid.clone())
            .stock_id(self.stock_id.clone())
    }

    fn detail(&self, coupon: &Coupon) -> Option<QueryCoupon> {
        let other = coupon.out_request_no.as_ref().is_some_and(|number| *number != self.out_request_no);
        (!other).then(|| QueryCoupon::new(self.holder(), coupon.coupon_id.clone()))
    }

    fn found(&self, coupon: &Coupon) -> Option<String> {
        let ours = coupon.out_request_no.as_ref() == Some(&self.out_request_no);
        (ours && coupon.stock_id == self.stock_id).then(|| coupon.coupon_id.as_str().to_owned())
    }
}
