use super::{Advice, StopReason};
use crate::types::open_enum;

open_enum! {
    /// The error codes (错误码) documented for cash coupons. [`ApiError::advice`](super::ApiError::advice) says what to
    /// do after each of them.
    pub enum ErrorCode {
        /// A parameter is invalid. Change the request.
        ParamError = "PARAM_ERROR",
        /// The merchant number is unknown: stop. The platform also returns this code for a page past the end of a list
        /// of coupons.
        MchNotExists = "MCH_NOT_EXISTS",
        /// The request does not fit the current state of the resource. Change the request.
        InvalidRequest = "INVALID_REQUEST",
        /// The appid is not bound to the calling merchant. Stop until it is.
        AppidMchidNotMatch = "APPID_MCHID_NOT_MATCH",
        /// The platform could not verify the request's signature. Stop until key, serial number and clock are right.
        SignError = "SIGN_ERROR",
        /// The merchant does not have the permission. Stop until it has.
        NoAuth = "NO_AUTH",
        /// The stock's budget, or that of the day, is used up. Stop sending its coupons. Retry with the same
        /// `out_request_no` when there is budget again.
        NotEnough = "NOT_ENOUGH",
        /// The caller or the user is blocked, or the stock is not running. The
        /// [internal code](super::ApiError::internal_code) distinguishes these cases.
        RequestBlocked = "REQUEST_BLOCKED",
        /// The user already has the maximum number of coupons of this stock. Other users are not affected.
        RuleLimit = "RULE_LIMIT",
        /// The user's account is in an abnormal state and cannot be used. Other users are not affected.
        UserAccountAbnormal = "USER_ACCOUNT_ABNORMAL",
        /// The stock, coupon or file does not exist. Sending coupons of a stock that does not exist is pointless: stop.
        ResourceNotExists = "RESOURCE_NOT_EXISTS",
        /// Too many requests. The code varies by endpoint; [`ApiError::is_rate_limited`](super::ApiError::is_rate_limited)
        /// knows all of them. Repeat the identical request later.
        FrequencyLimitExceed = "FREQUENCY_LIMIT_EXCEED",
        /// Too many requests. Another code for [`FrequencyLimitExceed`](Self::FrequencyLimitExceed).
        FrequencyLimited = "FREQUENCY_LIMITED",
        /// Too many requests. Another code for [`FrequencyLimitExceed`](Self::FrequencyLimitExceed).
        RatelimitExceeded = "RATELIMIT_EXCEEDED",
        /// The platform failed internally. Repeat with the same parameters and the same `out_request_no`.
        SystemError = "SYSTEM_ERROR",
        /// The platform failed internally. Another code for [`SystemError`](Self::SystemError), in older documents.
        OldSystemError = "SYSTEMERROR",
        /// The platform is unavailable. Repeat the identical request later.
        ServiceUnavailable = "SERVICE_UNAVAILABLE",
    }
}

impl ErrorCode {
    /// The maximum length of a code in bytes. A longer text is not treated as a code.
    pub(crate) const MAX: usize = 128;

    /// Whether this is one of the three codes for too many requests.
    pub fn is_rate_limit(&self) -> bool {
        matches!(self, Self::FrequencyLimitExceed | Self::FrequencyLimited | Self::RatelimitExceeded)
    }

    /// Whether the platform was overloaded or failed, so that the code says nothing about the request. It may have
    /// taken effect.
    pub(crate) fn is_transient(&self) -> bool {
        self.is_rate_limit()
            || matches!(self, Self::SystemError | Self::OldSystemError | Self::ServiceUnavailable)
    }

    /// Returns the advice that holds for every operation. `None` if it depends on the operation or on the status.
    pub(super) fn advice(&self) -> Option<Advice> {
        match self {
            code if code.is_transient() => Some(Advice::SOON),
            Self::ParamError | Self::InvalidRequest | Self::ResourceNotExists => Some(Advice::Change),
            Self::SignError => Some(Advice::Stop(StopReason::Setup)),
            Self::NoAuth | Self::AppidMchidNotMatch | Self::MchNotExists => {
                Some(Advice::Stop(StopReason::Permission))
            }
            _ => None,
        }
    }
}
