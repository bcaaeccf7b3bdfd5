//! The internal codes: numbers at the end of a `Request-ID`.

use crate::program::texts::marked;

/// What is known of an internal code: the error code with which it comes, and its meaning.
pub(in crate::program::commands) fn of(number: &str) -> Option<(Option<&'static str>, &'static str)> {
    Some(match number {
        "0" => (None, marked!("the request succeeded")),
        "270079501" => (
            Some("INVALID_REQUEST"),
            marked!("openid and appid do not belong together (openid与appid不匹配)"),
        ),
        "270079498" => (Some("INVALID_REQUEST"), marked!("the openid is wrong (openid错误)")),
        "269546525" => (Some("SIGN_ERROR"), marked!("the signature is wrong (签名错误)")),
        "269546505" => {
            (Some("SIGN_ERROR"), marked!("the merchant's certificate has expired (商户证书已过期)"))
        }
        "269546507" => (
            Some("SIGN_ERROR"),
            marked!("the serial number of the merchant's certificate is wrong (证书序列号有误)"),
        ),
        "269546538" => (Some("MCH_NOT_EXISTS"), marked!("the merchant does not exist (商户号不存在)")),
        "272888874" => (
            Some("SYSTEM_ERROR"),
            marked!(
                "the platform failed internally: repeat the identical request after 1, 3, 10 and 30 seconds (系统错误)"
            ),
        ),
        "268573590" => (Some("PARAM_ERROR"), marked!("the date is out of range (请求日期超限)")),
        "268586001" => {
            (Some("RESOURCE_NOT_EXISTS"), marked!("no coupon was used on that day (当天没有核销记录)"))
        }
        "268586003" => {
            (Some("RESOURCE_NOT_EXISTS"), marked!("nothing was refunded on that day (当天没有退款记录)"))
        }
        "270079508" => (
            Some("REQUEST_BLOCKED"),
            marked!("the stock's coupons cannot be sent by other merchants (批次不支持跨商户发券)"),
        ),
        "270079509" => (
            Some("REQUEST_BLOCKED"),
            marked!("the calling merchant may not send these coupons (商户无权发券)"),
        ),
        "270079533" => {
            (Some("REQUEST_BLOCKED"), marked!("the stock has not begun or has ended (活动未开始或已结束)"))
        }
        "270079532" => {
            (Some("REQUEST_BLOCKED"), marked!("the user is limited by the platform (用户被限领拦截)"))
        }
        "270079534" => (Some("NOT_ENOUGH"), marked!("the budget of the stock is used up (批次预算不足)")),
        "270079488" => (Some("RESOURCE_NOT_EXISTS"), marked!("the stock was not found (批次查询为空)")),
        "270079577" => (Some("SYSTEM_ERROR"), marked!("the stock could not be read (获取批次信息失败)")),
        "270079507" => (
            Some("APPID_MCHID_NOT_MATCH"),
            marked!("the appid is not bound to the merchant (商户号与appid不匹配)"),
        ),
        "270079489" => (Some("MCH_NOT_EXISTS"), marked!("the merchant could not be read (商户查询失败)")),
        "268461336" => (Some("FREQUENCY_LIMIT_EXCEED"), marked!("there were too many requests (频率超限)")),
        _ => return None,
    })
}
