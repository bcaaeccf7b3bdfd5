use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::body::ErrorBody;
use super::excerpt::excerpt;
use super::received::Received;
use super::{
    Advice, CertificatesError, Context, ErrorCode, ErrorDetail, Outcome, Signed, SignedPart, StopReason,
    VerifyError, VerifyErrorKind, bounded, status,
};

/// An error response from the platform, or from an intermediary such as a gateway.
///
/// Branch on [`code`](Self::code) and [`http_status`](Self::http_status). The messages are not stable.
///
/// Only a response whose signature was verified certainly is the platform's: see [`is_verified`](Self::is_verified).
/// What any other says may come from anyone on the network path, and proves nothing. [`outcome`](Self::outcome) and
/// [`advice`](Self::advice) take that into account.
///
/// The text (`Display`) shows the code and the message, the field and the issue of the [`detail`](Self::detail), and with
/// a `SIGN_ERROR` what the platform received, compared with what was signed. If there is neither code nor message, it
/// says what the status means, where a redirect leads to, and begins to quote the body. It shows no rejected value and no
/// query, and nowhere the openid in the path of the request. From a quoted body everything is left out that looks like a
/// URL, an address or an identifier; [`body`](Self::body) has all of it.
pub struct ApiError(pub(super) Box<Inner>);

pub(super) struct Inner {
    pub(super) context: Context,
    /// Why the response is not verified, if it is not.
    pub(super) unverified: Option<VerifyError>,
    pub(super) retry_after: Option<Duration>,
    pub(super) parsed: ErrorBody,
    pub(super) body: Bytes,
    /// Where a redirect leads to.
    pub(super) redirect: Option<String>,
    /// The beginning of a body that is not the platform's JSON.
    pub(super) excerpt: Option<String>,
    /// What the platform says that it received, if the signature did not match.
    pub(super) received: Option<Received>,
    /// The values of the request that identify a person. No text of the error contains them.
    pub(super) persons: Vec<String>,
    pub(super) hint: Option<&'static str>,
    /// The advice of the operation, if it differs from that of the code.
    pub(super) advice: Option<Advice>,
}

impl ApiError {
    /// Parses an error response, and compares what it shows of the request with what was signed, if that is known. This
    /// never fails, whatever the body is.
    pub(crate) fn new(
        context: Context,
        verified: Result<(), VerifyErrorKind>,
        retry_after: Option<Duration>,
        body: &Bytes,
        signed: Option<&Signed<'_>>,
    ) -> Self {
        let parsed = ErrorBody::read(body);
        let seen = parsed.detail.as_deref().and_then(ErrorDetail::read).and_then(|it| it.sign_information);
        let received = seen.map(|seen| Received::new(&seen, signed)).filter(Received::is_shown);
        let body = bounded(body);
        let excerpt = match parsed.is_empty() {
            true => excerpt(&body, &signed.map(Signed::parameters).unwrap_or_default()),
            false => None,
        };
        Self(Box::new(Inner {
            context,
            unverified: verified.err().map(|kind| VerifyError::new(kind, None)),
            retry_after,
            parsed,
            body,
            redirect: None,
            excerpt,
            received,
            persons: signed.map(Signed::persons).unwrap_or_default(),
            hint: None,
            advice: None,
        }))
    }

    /// Records what the headers of the response say.
    pub(crate) fn with_headers(mut self, headers: &HeaderMap) -> Self {
        self.0.redirect = status::redirect(self.http_status(), headers);
        self
    }

    /// Sets what the error means for the operation: in words, and as advice where that of the code does not fit.
    pub(crate) fn for_operation(mut self, hint: Option<&'static str>, advice: Option<Advice>) -> Self {
        (self.0.hint, self.0.advice) = (hint, advice);
        self
    }

    /// Records why the certificates that might have verified the response are not there.
    pub(crate) fn without_certificates(mut self, error: CertificatesError) -> Self {
        self.0.unverified = self.0.unverified.map(|unverified| unverified.without_certificates(error));
        self
    }

    /// Returns what the error usually means for this operation, where the platform's own message does not explain it.
    pub fn hint(&self) -> Option<&'static str> {
        self.0.hint
    }

    /// Returns the HTTP status.
    pub fn http_status(&self) -> StatusCode {
        self.0.context.status
    }

    /// Returns the error code, if the body is JSON and the code is no longer than 128 bytes. A number is returned as it is
    /// written.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.0.parsed.code.as_ref()
    }

    /// Returns the human-readable message, cut off at 16 KiB.
    pub fn message(&self) -> Option<&str> {
        self.0.parsed.message.as_deref()
    }

    /// Returns what the platform says about the invalid parameter or the wrong signature, in a `detail` of at most 16 KiB.
    pub fn detail(&self) -> Option<ErrorDetail> {
        ErrorDetail::read(self.0.parsed.detail.as_ref()?)
    }

    /// Returns the parts of the request that the platform received otherwise than they were signed. Then something on
    /// the way, such as a proxy or the HTTP client, changed the request after it was signed.
    ///
    /// The list is empty if everything that the platform shows is as it was signed: then the key, the serial number or
    /// the algorithm is wrong. `None` if the platform shows nothing: it does so only with some `SIGN_ERROR`s.
    ///
    /// Time and nonce are compared only for a request that an [`Exchange`](crate::Exchange) sent, as all drivers do.
    pub fn differences(&self) -> Option<&[SignedPart]> {
        self.0.received.as_ref()?.differences.as_deref()
    }

    /// Returns the `detail` as JSON text, if it has at most 16 KiB. Its structure varies.
    pub fn raw_detail(&self) -> Option<&str> {
        self.0.parsed.detail.as_ref().map(|detail| detail.get())
    }

    /// Returns the platform's `Request-ID`.
    pub fn request_id(&self) -> Option<&str> {
        self.0.context.request_id.as_deref()
    }

    /// Returns the platform's internal error number: the digits after the last `-` of the `Request-ID`, such as
    /// `270079533`.
    pub fn internal_code(&self) -> Option<&str> {
        let (_, code) = self.request_id()?.rsplit_once('-')?;
        (!code.is_empty() && code.bytes().all(|b| b.is_ascii_digit())).then_some(code)
    }

    /// Whether the platform's signature of the response was verified. If not, the response may come from any
    /// intermediary, and what it says proves nothing.
    pub fn is_verified(&self) -> bool {
        self.0.unverified.is_none()
    }

    /// Returns why the response is not verified. `None` if it is verified.
    ///
    /// [`Unsigned`](VerifyErrorKind::Unsigned) is not suspicious in itself: the platform does not sign a 401, or its
    /// response to a request that it could not process at all.
    pub fn unverified(&self) -> Option<&VerifyErrorKind> {
        self.0.unverified.as_ref().map(VerifyError::kind)
    }

    /// Returns why the platform certificates, one of which might verify the response, could not be fetched.
    pub fn certificates(&self) -> Option<&CertificatesError> {
        self.0.unverified.as_ref()?.certificates()
    }

    /// Whether the platform received too many requests: status 429, or one of the three codes for it.
    pub fn is_rate_limited(&self) -> bool {
        self.http_status() == StatusCode::TOO_MANY_REQUESTS
            || self.code().is_some_and(ErrorCode::is_rate_limit)
    }

    /// Whether the platform was overloaded or failed. What a code says counts only if it is signed.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(
            self.http_status(),
            StatusCode::ACCEPTED
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_MANY_REQUESTS
                | StatusCode::INTERNAL_SERVER_ERROR
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
        ) || (self.is_verified() && self.code().is_some_and(ErrorCode::is_transient))
    }

    /// Returns how long the platform asks to wait (`Retry-After`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the body as received, cut off at 16 KiB.
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// Returns the outcome of the operation.
    ///
    /// A verified 4xx is a rejection, unless its status (408, 429) or its code says that the platform was overloaded or
    /// failed: then, and after a 5xx or 202, the outcome is unknown. An unverified response proves nothing, with one
    /// exception: the platform sends 401 before it processes the operation, and does not sign it.
    pub fn outcome(&self) -> Outcome {
        match self.http_status() {
            StatusCode::UNAUTHORIZED if self.unverified() == Some(&VerifyErrorKind::Unsigned) => {
                Outcome::Rejected
            }
            status if status.is_client_error() && self.is_verified() && !self.is_transient() => {
                Outcome::Rejected
            }
            _ => Outcome::Unknown,
        }
    }

    /// Returns what to do next: see [`Advice`].
    ///
    /// The operation decides, otherwise the code, otherwise the status. If the platform's signature is wrong or its key
    /// is unknown, the same is to be expected for every response, so the advice is to stop.
    pub fn advice(&self) -> Advice {
        let by_status = match self.http_status() {
            StatusCode::UNAUTHORIZED => Advice::Stop(StopReason::Setup),
            _ if self.is_of_network() => Advice::Stop(StopReason::Network),
            _ => Advice::Change,
        };
        let by_code = self.code().and_then(ErrorCode::advice);
        let advice = match self.0.advice.or(by_code).unwrap_or(by_status) {
            // What is not verified is never final. A code can be forged as easily as the status that it comes with.
            Advice::Change if !self.is_verified() => by_status,
            advice => advice,
        };
        let advice = match advice {
            // A changed request could do the same a second time.
            Advice::Change if self.outcome() != Outcome::Rejected => Advice::SOON,
            advice => advice,
        };
        let suspicious = |unverified: &&VerifyError| *unverified.kind() != VerifyErrorKind::Unsigned;
        let wait = match self.0.unverified.as_ref().filter(suspicious).map(VerifyError::advice) {
            Some(stop @ Advice::Stop(_)) => return stop,
            Some(Advice::Repeat { after }) => Some(after),
            _ => None,
        };
        advice.after(wait).after(self.retry_after())
    }

    /// Whether an unsigned response shows that something on the network gave it, and would give it again: by its status,
    /// or by a body that is not the platform's.
    fn is_of_network(&self) -> bool {
        let status = self.http_status();
        let foreign = status.is_client_error()
            && !self.is_transient()
            && self.0.parsed.is_empty()
            && !self.body().is_empty();
        self.unverified() == Some(&VerifyErrorKind::Unsigned)
            && (status::decides(status) || status::is_too_large(status) || foreign)
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.unverified.as_ref()?.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, verified: bool, body: &str) -> ApiError {
        let request_id = Some("08C1B2-0-270079533");
        let context = Context::new(StatusCode::from_u16(status).unwrap(), request_id);
        let verified = if verified { Ok(()) } else { Err(VerifyErrorKind::Unsigned) };
        ApiError::new(context, verified, None, &Bytes::copy_from_slice(body.as_bytes()), None)
    }

    #[test]
    fn every_documented_error_body_is_parsed() {
        // Documented shapes: a PARAM_ERROR with only a location, and a SIGN_ERROR with a nested detail.
        let located = error(
            400,
            true,
            r#"{"code":"PARAM_ERROR","detail":{"location":"uri_template","value":""},"message":"必填"}"#,
        );
        assert_eq!(located.code(), Some(&ErrorCode::ParamError));
        assert_eq!(located.detail().unwrap().location.as_deref(), Some("uri_template"));
        let sign = error(
            401,
            false,
            r#"{"code":"SIGN_ERROR","message":"签名错误","detail":{"detail":{"issue":"sign not match"},"field":"signature","location":"authorization","sign_information":{"method":"GET"}}}"#,
        );
        assert_eq!(sign.detail().unwrap().field.as_deref(), Some("signature"));
        assert!(sign.raw_detail().unwrap().contains("sign_information"));
        assert_eq!(sign.internal_code(), Some("270079533"));
        for body in ["", "<html>502 Bad Gateway</html>", "[]", "{\"code\":[1]}", "null"] {
            let error = error(502, false, body);
            assert_eq!((error.code(), error.message()), (None, None), "{body}");
            assert_eq!(error.body(), body);
        }
    }

    #[test]
    fn an_unsigned_rejection_leaves_the_outcome_unknown() {
        use Outcome::{Rejected, Unknown};
        for (status, verified, outcome) in [
            (400, true, Rejected),
            (400, false, Unknown),
            (401, false, Rejected),
            (403, true, Rejected),
            (403, false, Unknown),
            (404, true, Rejected),
            (404, false, Unknown),
            (408, true, Unknown),
            (429, true, Unknown),
            (500, true, Unknown),
            (502, false, Unknown),
            (202, true, Unknown),
            (302, false, Unknown),
        ] {
            assert_eq!(error(status, verified, "").outcome(), outcome, "{status} {verified}");
        }
    }

    #[test]
    fn the_rejected_value_is_not_shown() {
        let error = error(
            400,
            true,
            r#"{"code":"PARAM_ERROR","message":"m","detail":{"field":"/openid","value":"oSECRET","issue":"不存在"}}"#,
        );
        assert!(!format!("{error} {error:?}").contains("oSECRET"));
        assert_eq!(
            error.to_string(),
            "PARAM_ERROR: m [/openid: 不存在] (HTTP 400, request id 08C1B2-0-270079533)"
        );
        assert_eq!(error.detail().unwrap().value, Some("oSECRET".into()));
    }

    #[test]
    fn parts_of_an_error_are_kept_up_to_their_limits() {
        for (code, text) in [(128, 16_384), (129, 16_385)] {
            let within = code == 128;
            // The detail is a JSON text: its quotes count.
            let (code, message, detail) = ("C".repeat(code), "m".repeat(text), "d".repeat(text - 2));
            let body = format!(r#"{{"code":"{code}","message":"{message}","detail":"{detail}"}}"#);
            let error = error(400, true, &body);
            assert_eq!(error.code().map(ErrorCode::as_str), within.then_some(code.as_str()));
            assert_eq!(error.raw_detail().map(str::len), within.then_some(16_384));
            assert_eq!(error.message().map(str::len), Some(16_384));
        }
    }

    #[test]
    fn a_large_body_is_truncated() {
        assert_eq!(error(500, false, &"x".repeat(1 << 20)).body().len(), 16 * 1024);
    }
}
