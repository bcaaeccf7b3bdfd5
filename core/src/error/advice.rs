use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What to do after an error.
///
/// [`Outcome`](crate::Outcome) says what this call may have done; the advice says what to do next. A loop over many
/// users needs both: an outcome of `NotSent` alone does not tell a failed network from a request that can never be
/// built.
///
/// ```
/// use wechatpay_core::{Advice, Error};
///
/// fn after(error: &Error) -> String {
///     match error.advice() {
///         // With the same `out_request_no`, so that no second coupon is sent.
///         Advice::Repeat { after } => format!("repeat the identical request after {} s", after.as_secs()),
///         Advice::Change => "correct this request or give it up; go on with the next".to_owned(),
///         Advice::Stop(reason) => format!("send nothing like it until somebody has looked at {reason}"),
///         _ => "ask somebody".to_owned(),
///     }
/// }
/// ```
///
/// `Change` is never the advice while the outcome is unknown: a changed request could do the same a second time.
///
/// A response that is not verified can only make the advice more careful. Whoever forges one can stop a program, but
/// cannot make it give up a coupon.
///
/// It can be stored. In JSON it is `{"repeat":{"after":{"secs":1,"nanos":0}}}`, `"change"`, or `{"stop":"budget"}` with a
/// [`StopReason`]. A value that a later version adds cannot be read by this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Advice {
    /// Repeat the identical request, with the same `out_request_no`, after this time. Wait longer with each repetition.
    /// If the operation is not idempotent and may have taken effect, query first.
    Repeat {
        /// The shortest time to wait.
        after: Duration,
    },
    /// Correct this request, or give it up. The identical request would be rejected again. Others are not affected.
    Change,
    /// Send no request like this one until the reason is removed: each would fail in the same way. Then repeat the
    /// identical request.
    Stop(StopReason),
}

/// What must be put right before requests like the failed one can succeed.
///
/// It can be stored. In JSON it is its name in lower case, such as `"budget"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The client's setup: a key, a serial number, the clock, a limit, or something on the network that changes
    /// responses.
    Setup,
    /// A permission of the merchant, or the binding between merchant and appid.
    Permission,
    /// The budget of the stock or the balance of the merchant.
    Budget,
    /// The stock: it does not exist, or is not running.
    Stock,
    /// Something on the network between this client and WeChat Pay answered in its place: it asks for a login, redirects
    /// the request, or refuses it.
    Network,
}

impl Advice {
    /// Repeat after a second, the shortest time that makes sense when the platform asks for none.
    pub(crate) const SOON: Self = Self::Repeat { after: Duration::from_secs(1) };

    /// Waits at least `time`, if the advice is to repeat.
    pub(super) fn after(self, time: Option<Duration>) -> Self {
        match self {
            Self::Repeat { after } => Self::Repeat { after: after.max(time.unwrap_or_default()) },
            other => other,
        }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repeat { after } => {
                write!(f, "repeat the identical request after {} s or later", after.as_secs_f32().ceil())
            }
            Self::Change => f.write_str("correct this request or give it up"),
            Self::Stop(reason) => write!(f, "stop all requests like this one, and check {reason}"),
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Setup => "the setup of this client: keys, serial numbers, clock and network",
            Self::Permission => "the merchant's permissions and the appids bound to it",
            Self::Budget => "the budget of the stock",
            Self::Stock => "the stock",
            Self::Network => {
                "the network between this client and WeChat Pay: proxies, gateways and firewalls"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;

    use super::*;
    use crate::error::{ApiError, Context, ErrorCode, Outcome, VerifyErrorKind};

    const CHANGE: Advice = Advice::Change;
    const SETUP: Advice = Advice::Stop(StopReason::Setup);
    const NETWORK: Advice = Advice::Stop(StopReason::Network);
    const PERMISSION: Advice = Advice::Stop(StopReason::Permission);

    fn api(status: u16, code: &str, unverified: Option<VerifyErrorKind>, wait: Option<Duration>) -> ApiError {
        let context = Context::new(StatusCode::from_u16(status).unwrap(), None);
        let body = Bytes::from(format!(r#"{{"code":"{code}","message":"m"}}"#));
        ApiError::new(context, unverified.map_or(Ok(()), Err), wait, &body, None)
    }

    #[test]
    fn every_documented_code_has_its_advice() {
        use ErrorCode::*;
        // The status and the code of the document, and the advice for an operation that refines none of them.
        let table = [
            (400, ParamError, CHANGE),
            (400, MchNotExists, PERMISSION),
            (400, InvalidRequest, CHANGE),
            (400, AppidMchidNotMatch, PERMISSION),
            (401, SignError, SETUP),
            (403, NoAuth, PERMISSION),
            (403, NotEnough, CHANGE),
            (403, RequestBlocked, CHANGE),
            (403, RuleLimit, CHANGE),
            (403, UserAccountAbnormal, CHANGE),
            (404, ResourceNotExists, CHANGE),
            (429, FrequencyLimitExceed, Advice::SOON),
            (429, FrequencyLimited, Advice::SOON),
            (429, RatelimitExceeded, Advice::SOON),
            (500, SystemError, Advice::SOON),
            (500, OldSystemError, Advice::SOON),
            (503, ServiceUnavailable, Advice::SOON),
        ];
        for (status, code, advice) in &table {
            let unverified = (*status == 401).then_some(VerifyErrorKind::Unsigned);
            assert_eq!(api(*status, code.as_str(), unverified, None).advice(), *advice, "{code}");
        }
        let tested: Vec<_> = table.iter().map(|(_, code, _)| code.clone()).collect();
        assert_eq!(tested, ErrorCode::KNOWN);
    }

    #[test]
    fn the_code_decides_before_the_status() {
        // The same code has different statuses in different interfaces.
        for status in [400, 403, 404, 429, 500] {
            for code in ["FREQUENCY_LIMITED", "SYSTEM_ERROR"] {
                let error = api(status, code, None, None);
                assert_eq!(
                    (error.outcome(), error.advice()),
                    (Outcome::Unknown, Advice::SOON),
                    "{status} {code}"
                );
            }
        }
        for code in ["FREQUENCY_LIMIT_EXCEED", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"] {
            assert!(api(400, code, None, None).is_rate_limited(), "{code}");
        }
        assert!(api(429, "", None, None).is_rate_limited());
        assert!(!api(403, "RULE_LIMIT", None, None).is_rate_limited());
    }

    #[test]
    fn without_a_code_the_status_decides_and_a_wrong_signature_stops() {
        let unsigned = || Some(VerifyErrorKind::Unsigned);
        let wrong = || Some(VerifyErrorKind::WrongSignature { serial: "1".to_owned() });
        for (status, code, unverified, advice) in [
            (400, "", None, CHANGE),
            (401, "", None, SETUP),
            (401, "", unsigned(), SETUP),
            (407, "", unsigned(), NETWORK),
            (407, "407", unsigned(), NETWORK),
            (511, "", unsigned(), NETWORK),
            (302, "", unsigned(), NETWORK),
            (413, "", unsigned(), NETWORK),
            (302, "", None, Advice::SOON),
            (413, "", None, CHANGE),
            (403, "", unsigned(), Advice::SOON),
            (500, "", None, Advice::SOON),
            (500, "", wrong(), SETUP),
            (403, "", wrong(), SETUP),
            // The code decides, if there is one, also for statuses that do not belong to it.
            (401, "PARAM_ERROR", None, CHANGE),
            (400, "SIGN_ERROR", None, SETUP),
            (400, "NO_AUTH", None, PERMISSION),
            (401, "SYSTEM_ERROR", unsigned(), Advice::SOON),
            // But nobody gives a request up for a code that is not signed, although a 401 had no effect.
            (401, "PARAM_ERROR", unsigned(), SETUP),
            (401, "RESOURCE_NOT_EXISTS", unsigned(), SETUP),
            (401, "RULE_LIMIT", unsigned(), SETUP),
            (407, "INVALID_REQUEST", unsigned(), NETWORK),
        ] {
            let error = api(status, code, unverified, None);
            assert_eq!(error.advice(), advice, "{error:?}");
        }
    }

    #[test]
    fn the_platform_may_ask_for_a_longer_wait_but_not_for_a_shorter_one() {
        let wait = |seconds| match api(429, "", None, Some(Duration::from_secs(seconds))).advice() {
            Advice::Repeat { after } => after.as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!((wait(0), wait(30), wait(u64::MAX)), (1, 30, u64::MAX));
    }

    /// The two rules on which a loop over many users relies.
    #[test]
    fn no_response_makes_a_program_change_what_may_have_happened() {
        let reasons = [
            None,
            Some(VerifyErrorKind::Unsigned),
            Some(VerifyErrorKind::WrongSignature { serial: "1".to_owned() }),
        ];
        for status in 100..=599 {
            for code in ErrorCode::KNOWN.iter().map(ErrorCode::as_str).chain(["", "FUTURE_CODE"]) {
                for reason in &reasons {
                    let error = api(status, code, reason.clone(), None);
                    let case = format!("{status} {code} {reason:?}: {:?}", error.advice());
                    // The advice is to change a request only if it certainly had no effect.
                    assert!(error.advice() != CHANGE || error.outcome() == Outcome::Rejected, "{case}");
                    // What an unverified response says is never final.
                    assert!(error.advice() != CHANGE || reason.is_none(), "{case}");
                    // Only 401 is never signed: the platform sends it before it processes the request.
                    if reason.is_some() && (status, reason) != (401, &reasons[1]) {
                        assert_eq!(error.outcome(), Outcome::Unknown, "{case}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_page_of_something_on_the_way_stops_and_an_empty_response_does_not() {
        let advice = |status, body: &'static str, verified| {
            let context = Context::new(StatusCode::from_u16(status).unwrap(), None);
            ApiError::new(context, verified, None, &Bytes::from_static(body.as_bytes()), None).advice()
        };
        let unsigned = || Err(VerifyErrorKind::Unsigned);
        assert_eq!(advice(403, "<h1>Blocked</h1>", unsigned()), NETWORK);
        assert_eq!(advice(404, "no route", unsigned()), NETWORK);
        assert_eq!(advice(403, "", unsigned()), Advice::SOON);
        assert_eq!(advice(403, r#"{"message":"m"}"#, unsigned()), Advice::SOON);
        assert_eq!(advice(403, "<h1>Blocked</h1>", Ok(())), CHANGE);
        // These pass.
        for status in [408, 429, 500, 502, 503, 504] {
            assert_eq!(advice(status, "<h1>Try again</h1>", unsigned()), Advice::SOON, "{status}");
        }
    }

    #[test]
    fn advice_can_be_stored() {
        let after = Duration::new(u64::MAX, 7);
        for (advice, json) in [
            (CHANGE, r#""change""#),
            (Advice::SOON, r#"{"repeat":{"after":{"secs":1,"nanos":0}}}"#),
            (Advice::Repeat { after }, r#"{"repeat":{"after":{"secs":18446744073709551615,"nanos":7}}}"#),
            (SETUP, r#"{"stop":"setup"}"#),
            (PERMISSION, r#"{"stop":"permission"}"#),
            (Advice::Stop(StopReason::Budget), r#"{"stop":"budget"}"#),
            (Advice::Stop(StopReason::Stock), r#"{"stop":"stock"}"#),
            (NETWORK, r#"{"stop":"network"}"#),
        ] {
            assert_eq!(serde_json::to_string(&advice).unwrap(), json);
            assert_eq!(serde_json::from_str::<Advice>(json).unwrap(), advice);
        }
    }

    #[test]
    fn texts_say_what_to_do() {
        assert_eq!(Advice::Change.to_string(), "correct this request or give it up");
        for (reason, text) in [
            (StopReason::Setup, "the setup of this client: keys, serial numbers, clock and network"),
            (StopReason::Permission, "the merchant's permissions and the appids bound to it"),
            (StopReason::Budget, "the budget of the stock"),
            (StopReason::Stock, "the stock"),
            (
                StopReason::Network,
                "the network between this client and WeChat Pay: proxies, gateways and firewalls",
            ),
        ] {
            assert_eq!(reason.to_string(), text);
        }
        let wait = Advice::Repeat { after: Duration::from_millis(1200) };
        assert_eq!(wait.to_string(), "repeat the identical request after 2 s or later");
        assert_eq!(
            Advice::Stop(StopReason::Budget).to_string(),
            "stop all requests like this one, and check the budget of the stock"
        );
    }
}
