//! The error codes (错误码) of cash coupons.

use wechatpay_hyper::core::error::ErrorCode;

use crate::program::texts::marked;

/// What is known of a code: the platform's words, what it means, and what to do.
pub(in crate::program::commands) struct Known {
    pub(in crate::program::commands) official: &'static str,
    pub(in crate::program::commands) means: &'static str,
    pub(in crate::program::commands) remedy: &'static str,
}

/// Explains a code. `None` if it is not documented for cash coupons.
pub(in crate::program::commands) fn of(code: &ErrorCode) -> Option<Known> {
    let (official, means, remedy) = match code {
        ErrorCode::ParamError => (
            "参数错误",
            marked!("a parameter is invalid; detail.field names it"),
            marked!("correct the request; the same one would be refused again"),
        ),
        ErrorCode::MchNotExists => (
            "商户号不合法",
            marked!("the merchant number is unknown, or the page is past the end of a list of coupons"),
            marked!("compare the merchant number; stop at total_count"),
        ),
        ErrorCode::InvalidRequest => (
            "请求参数符合参数格式，但不符合业务规则",
            marked!(
                "the request does not fit: openid and appid do not belong together, the stock has ended or is not \
             activated, or the user has reached the limit of 5000 yuan a month (暂时无法领取)"
            ),
            marked!(
                "look at the internal code at the end of the Request-ID; other users are mostly not affected"
            ),
        ),
        ErrorCode::AppidMchidNotMatch => (
            "商户号与appid不匹配",
            marked!("the appid is not bound to the calling merchant"),
            marked!("bind it in the console, then repeat the identical request"),
        ),
        ErrorCode::SignError => (
            "签名错误",
            marked!("the platform could not verify the signature of the request"),
            marked!(
                "run wechatpay doctor: key, serial number or clock is wrong, or a gateway changes requests"
            ),
        ),
        ErrorCode::NoAuth => (
            "商户无权限",
            marked!("the merchant does not have the permission"),
            marked!("apply for the product's permission (代金券产品权限), then repeat the identical request"),
        ),
        ErrorCode::NotEnough => (
            "批次预算不足",
            marked!("the budget of the stock or that of the day is used up. It comes and goes"),
            marked!("increase the budget or wait, then repeat with the same out_request_no"),
        ),
        ErrorCode::RequestBlocked => (
            "请求被拦截",
            marked!(
                "the stock is not running, the merchant may not send its coupons, or the user is blocked"
            ),
            marked!("look at the internal code at the end of the Request-ID"),
        ),
        ErrorCode::RuleLimit => (
            "达到规则限制",
            marked!(
                "the user already has the maximum number of coupons of this stock. Two sends to one user at the same time \
             can cause it falsely"
            ),
            marked!("send to other users; query before you believe it"),
        ),
        ErrorCode::UserAccountAbnormal => (
            "用户非法",
            marked!("the user's account is in an abnormal state"),
            marked!("send to other users"),
        ),
        ErrorCode::ResourceNotExists => (
            "资源不存在",
            marked!("the stock, the coupon or the file does not exist"),
            marked!("compare the id, and the merchant that created the stock"),
        ),
        ErrorCode::FrequencyLimitExceed | ErrorCode::FrequencyLimited | ErrorCode::RatelimitExceeded => (
            "频率超限",
            marked!("there were too many requests"),
            marked!("wait, then repeat the identical request with the same out_request_no"),
        ),
        ErrorCode::SystemError | ErrorCode::OldSystemError => (
            "系统错误",
            marked!("the platform failed internally. The request may have taken effect"),
            marked!("repeat the identical request with the same out_request_no"),
        ),
        ErrorCode::ServiceUnavailable => (
            "服务不可用",
            marked!("the platform is unavailable. The request may have taken effect"),
            marked!("repeat the identical request later, perhaps at the backup host"),
        ),
        _ => return None,
    };
    Some(Known { official, means, remedy })
}
