//! What to do after the errors of operations on stocks, where the code alone does not say it.

use crate::error::{Advice, ApiError, ErrorCode, StopReason};

/// The numbers in the `Request-ID` that concern every request like the failed one, from the
/// [document of error numbers](https://pay.weixin.qq.com/doc/v3/partner/4020807413).
const INTERNAL_CODES: [(&str, StopReason); 12] = [
    // The signature is wrong; the merchant's certificate has expired; its serial number is wrong.
    ("269546525", StopReason::Setup),
    ("269546505", StopReason::Setup),
    ("269546507", StopReason::Setup),
    // The merchant does not exist; it is not bound to the appid; its data could not be read.
    ("269546538", StopReason::Permission),
    ("270079507", StopReason::Permission),
    ("270079489", StopReason::Permission),
    // The stock cannot be sent by another merchant; the caller may not send it.
    ("270079508", StopReason::Permission),
    ("270079509", StopReason::Permission),
    // The budget is used up.
    ("270079534", StopReason::Budget),
    // There is no such stock; it has not started or has ended; its data could not be read.
    ("270079488", StopReason::Stock),
    ("270079533", StopReason::Stock),
    ("270079577", StopReason::Stock),
];

/// The advice for operations on a stock.
///
/// The `Request-ID` is not signed. It can only turn a rejection of one request into a reason to stop.
pub(super) fn on_stock(error: &ApiError) -> Option<Advice> {
    if error.code() == Some(&ErrorCode::NotEnough) {
        return Some(Advice::Stop(StopReason::Budget));
    }
    // The platform failed or was overloaded. Its number says at what, and not that the next request fails too.
    let internal = error.internal_code().filter(|_| !error.is_transient())?;
    let (_, reason) = INTERNAL_CODES.iter().find(|(code, _)| *code == internal)?;
    Some(Advice::Stop(*reason))
}

/// The advice for sending coupons: if their stock does not exist, no user can get one.
pub(super) fn on_sending(error: &ApiError) -> Option<Advice> {
    match error.code() {
        Some(ErrorCode::ResourceNotExists) => Some(Advice::Stop(StopReason::Stock)),
        _ => on_stock(error),
    }
}

/// The advice for a list of coupons, where the code can mean that the list has no such page.
pub(super) fn on_pages(error: &ApiError) -> Option<Advice> {
    (error.code() == Some(&ErrorCode::MchNotExists)).then_some(Advice::Change)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;

    use super::*;
    use crate::cashcoupons::{ListCouponsByFilter, QueryStock, SendCoupon, StartStock};
    use crate::error::{Context, VerifyErrorKind};
    use crate::operation::Operation;

    fn advice<O: Operation>(status: u16, code: &str, internal: &str) -> Advice {
        read::<O>(status, code, internal, Ok(()))
    }

    fn read<O: Operation>(
        status: u16,
        code: &str,
        internal: &str,
        verified: Result<(), VerifyErrorKind>,
    ) -> Advice {
        let status = StatusCode::from_u16(status).unwrap();
        let context = Context::new(status, Some(&format!("08F7D0-{internal}")));
        let body = Bytes::from(format!(r#"{{"code":"{code}"}}"#));
        let error = ApiError::new(context, verified, None, &body, None);
        let advice = O::advice(&error);
        error.for_operation(None, advice).advice()
    }

    /// The codes of the document for sending coupons.
    #[test]
    fn every_rejection_of_a_coupon_has_its_advice() {
        use StopReason::{Budget, Permission, Stock};
        for (status, code, internal, expected) in [
            (400, "PARAM_ERROR", "0", Advice::Change),
            (400, "INVALID_REQUEST", "0", Advice::Change),
            (400, "INVALID_REQUEST", "270079501", Advice::Change),
            (400, "APPID_MCHID_NOT_MATCH", "0", Advice::Stop(Permission)),
            (400, "MCH_NOT_EXISTS", "0", Advice::Stop(Permission)),
            (403, "NO_AUTH", "0", Advice::Stop(Permission)),
            (403, "NOT_ENOUGH", "0", Advice::Stop(Budget)),
            (403, "REQUEST_BLOCKED", "0", Advice::Change),
            (403, "REQUEST_BLOCKED", "270079532", Advice::Change),
            (403, "REQUEST_BLOCKED", "270079533", Advice::Stop(Stock)),
            (403, "REQUEST_BLOCKED", "270079508", Advice::Stop(Permission)),
            (403, "REQUEST_BLOCKED", "270079534", Advice::Stop(Budget)),
            (403, "RULE_LIMIT", "0", Advice::Change),
            (403, "USER_ACCOUNT_ABNORMAL", "0", Advice::Change),
            (404, "RESOURCE_NOT_EXISTS", "0", Advice::Stop(Stock)),
            (429, "FREQUENCY_LIMITED", "268461336", Advice::SOON),
            (500, "SYSTEM_ERROR", "272888874", Advice::SOON),
        ] {
            assert_eq!(advice::<SendCoupon>(status, code, internal), expected, "{code} {internal}");
        }
        let unsigned = Err(VerifyErrorKind::Unsigned);
        assert_eq!(read::<SendCoupon>(403, "NOT_ENOUGH", "0", unsigned.clone()), Advice::Stop(Budget));
        assert_eq!(read::<SendCoupon>(403, "RULE_LIMIT", "0", unsigned), Advice::SOON);
    }

    /// The numbers of the document, with the reason to stop if each request would be rejected for it.
    #[test]
    fn every_internal_number_has_its_advice() {
        use StopReason::{Budget, Permission, Setup, Stock};
        let table = [
            ("269546525", Some(Setup)),
            ("269546505", Some(Setup)),
            ("269546507", Some(Setup)),
            ("269546538", Some(Permission)),
            ("270079507", Some(Permission)),
            ("270079489", Some(Permission)),
            ("270079508", Some(Permission)),
            ("270079509", Some(Permission)),
            ("270079534", Some(Budget)),
            ("270079488", Some(Stock)),
            ("270079533", Some(Stock)),
            ("270079577", Some(Stock)),
            // These concern the user, or one day of a stock.
            ("270079501", None),
            ("270079498", None),
            ("270079532", None),
            ("268573590", None),
            ("268586001", None),
            ("268586003", None),
            // These come with codes that say enough.
            ("268461336", None),
            ("272888874", None),
        ];
        for (number, reason) in table {
            let rejected = reason.map_or(Advice::Change, Advice::Stop);
            assert_eq!(advice::<SendCoupon>(403, "REQUEST_BLOCKED", number), rejected, "{number}");
            // Nobody stops because the platform failed, at whatever that was, or was overloaded.
            for (status, code) in [(500, "SYSTEM_ERROR"), (403, "SYSTEM_ERROR"), (429, "FREQUENCY_LIMITED")] {
                assert_eq!(advice::<SendCoupon>(status, code, number), Advice::SOON, "{number} {status}");
            }
        }
        let stops = table.iter().filter(|(_, reason)| reason.is_some());
        assert_eq!(stops.count(), INTERNAL_CODES.len());
    }

    #[test]
    fn the_operation_decides_what_a_code_means() {
        assert_eq!(advice::<QueryStock>(404, "RESOURCE_NOT_EXISTS", "0"), Advice::Change);
        assert_eq!(advice::<ListCouponsByFilter>(400, "MCH_NOT_EXISTS", "0"), Advice::Change);
        assert_eq!(advice::<StartStock>(403, "NOT_ENOUGH", "0"), Advice::Stop(StopReason::Budget));
    }
}
