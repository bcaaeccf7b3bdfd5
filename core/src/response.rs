//! Reads a response into an [`Answer`], or into an error with the outcome of the operation.

use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, Response, StatusCode};
use jiff::fmt::rfc2822;

use crate::answer::Answer;
use crate::error::{
    ApiError, Context, DecodeError, Error, MismatchError, Signed, VerifyError, VerifyErrorKind,
};
use crate::operation::{Operation, Parts, ResponseSignature};
use crate::platform::PlatformKeys;
use crate::request::Stamp;
use crate::types::UnixSeconds;
use crate::verify::{self, Verified};

/// Verifies and decodes the response to `operation`. `stamp` is that of its request, if it is known, `signature` says
/// whether a success may be unsigned, and `now` is the local time.
pub(crate) fn read<O: Operation>(
    operation: &O,
    stamp: Option<Stamp>,
    response: &Response<Bytes>,
    keys: &PlatformKeys,
    signature: ResponseSignature,
    now: UnixSeconds,
) -> Result<Answer<O::Response>, Error> {
    if !is_success(response.status()) {
        let parts = operation.parts().ok();
        let signed = parts.as_ref().map(|parts| signed::<O>(parts, stamp.as_ref()));
        let error = api_error(response, check(response, keys, now), now, signed.as_ref());
        let (hint, advice) = (O::hint(&error), O::advice(&error));
        return Err(error.for_operation(hint, advice).into());
    }
    read_as(operation, response, keys, signature, now, O::decode)
}

/// Like [`read`], but for a success, whose value is decoded with `decode`.
pub(crate) fn read_as<O: Operation>(
    operation: &O,
    response: &Response<Bytes>,
    keys: &PlatformKeys,
    signature: ResponseSignature,
    now: UnixSeconds,
    decode: impl FnOnce(Verified<'_>) -> Result<O::Response, DecodeError>,
) -> Result<Answer<O::Response>, Error> {
    let signed = match check(response, keys, now) {
        Ok(()) => true,
        Err(VerifyErrorKind::Unsigned) if signature == ResponseSignature::WhenPresent => false,
        Err(kind) => return Err(VerifyError::of(kind, response).quoting(&parameters(operation)).into()),
    };
    let context = Context::of(response);
    let value = decode(Verified { body: response.body(), context: &context, signed });
    let value = value.map_err(|error| error.quoting(&parameters(operation)))?;
    if let Err(field) = operation.answers(&value) {
        return Err(MismatchError::new(field, context, response.body().clone()).into());
    }
    Ok(Answer::new(value, response.body().clone(), context, signed))
}

/// Reads a response that is expected to be an error.
pub(crate) fn error_of(response: &Response<Bytes>, keys: &PlatformKeys, now: UnixSeconds) -> Error {
    api_error(response, check(response, keys, now), now, None).into()
}

/// Whether an operation was carried out. A 202 does not count: the request was accepted, and must be retried with the
/// same parameters.
pub(crate) fn is_success(status: StatusCode) -> bool {
    status.is_success() && status != StatusCode::ACCEPTED
}

/// Verifies the signature of a response. No signature is an error, too.
fn check(response: &Response<Bytes>, keys: &PlatformKeys, now: UnixSeconds) -> Result<(), VerifyErrorKind> {
    let signature = verify::signature(keys, response.headers(), response.body(), now)?;
    signature.map(drop).ok_or(VerifyErrorKind::Unsigned)
}

fn api_error(
    response: &Response<Bytes>,
    verified: Result<(), VerifyErrorKind>,
    now: UnixSeconds,
    signed: Option<&Signed<'_>>,
) -> ApiError {
    let headers = response.headers();
    let retry_after = retry_after(headers, now);
    ApiError::new(Context::of(response), verified, retry_after, response.body(), signed).with_headers(headers)
}

/// Returns the values in the path of the request, which may identify a person.
fn parameters<O: Operation>(operation: &O) -> Vec<String> {
    operation.parts().map(|parts| signed::<O>(&parts, None).parameters()).unwrap_or_default()
}

fn signed<'a, O: Operation>(parts: &'a Parts, stamp: Option<&'a Stamp>) -> Signed<'a> {
    Signed {
        method: O::METHOD,
        template: parts.template(),
        target: parts.target(),
        body: parts.body().signed(),
        stamp: stamp.map(|stamp| (stamp.unix_seconds, stamp.nonce.as_str())),
    }
}

/// Reads `Retry-After`, which is a number of seconds or a date.
fn retry_after(headers: &HeaderMap, now: UnixSeconds) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    static PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new();
    let date = PARSER.parse_timestamp(value).ok()?.as_second();
    Some(Duration::from_secs(u64::try_from(date).ok()?.saturating_sub(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            // Local time from `date -u -d "Sun, 06 Nov 1994 08:49:07 GMT" +%s`.
            retry_after(&headers, 784_111_747)
        };
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
        assert_eq!(retry_after(&HeaderMap::new(), 0), None);
    }
}
