//! A successful response, as it is returned and as it can be stored.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Context;
use crate::types::stored_bytes;

/// A successful response: the decoded value, with the raw body and the metadata of the response.
///
/// It dereferences to the value. It can be stored as JSON and read back; what is read back is never
/// [verified](Self::is_verified), whatever the JSON says, because anybody may have written it.
///
/// ```
/// use wechatpay_core::Answer;
/// use wechatpay_core::cashcoupons::SendCouponResponse;
///
/// # fn store(sent: &Answer<SendCouponResponse>) -> serde_json::Result<()> {
/// let line = serde_json::to_string(sent)?;
/// let again: Answer<SendCouponResponse> = serde_json::from_str(&line)?;
/// assert_eq!(again.coupon_id, sent.coupon_id);
/// assert_eq!(again.raw(), sent.raw());
/// assert!(!again.is_verified());
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The decoded response.
    pub value: T,
    raw: Bytes,
    context: Context,
    verified: bool,
}

impl<T> Answer<T> {
    pub(crate) fn new(value: T, raw: Bytes, context: Context, verified: bool) -> Self {
        Self { value, raw, context, verified }
    }

    /// Makes an answer of a value and the response that it is said to come from, for tests of your own code. It is not
    /// [verified](Self::is_verified).
    ///
    /// ```
    /// use wechatpay_core::Answer;
    /// use wechatpay_core::http::Response;
    ///
    /// let answer = Answer::unverified(7, &Response::new("7".into()));
    /// assert_eq!((*answer, answer.http_status().as_u16(), answer.is_verified()), (7, 200, false));
    /// ```
    pub fn unverified(value: T, response: &Response<Bytes>) -> Self {
        Self::new(value, response.body().clone(), Context::of(response), false)
    }

    /// Replaces the value, and keeps everything else.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        let Self { value, raw, context, verified } = self;
        Answer { value: change(value), raw, context, verified }
    }

    /// Returns the value without the rest of the response.
    pub fn into_value(self) -> T {
        self.value
    }

    /// Returns the body as received, including fields that this version does not know.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Returns the HTTP status.
    pub fn http_status(&self) -> StatusCode {
        self.context.status
    }

    /// Returns the platform's `Request-ID`.
    pub fn request_id(&self) -> Option<&str> {
        self.context.request_id.as_deref()
    }

    /// Whether this process verified the platform's signature of the response. Always true for the answer of a client,
    /// except for operations whose [`RESPONSE_SIGNATURE`](crate::Operation::RESPONSE_SIGNATURE) is
    /// [`WhenPresent`](crate::operation::ResponseSignature::WhenPresent). Always false for an answer that was
    /// [made](Self::unverified) or read back from storage.
    pub fn is_verified(&self) -> bool {
        self.verified
    }
}

impl<T> Deref for Answer<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Omits the raw body, which may contain personal data.
impl<T: fmt::Debug> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("value", &self.value)
            .field("status", &self.context.status)
            .field("request_id", &self.context.request_id)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

/// An answer in JSON. `verified` records what was the case when it was written. It is not read.
#[derive(Serialize, Deserialize)]
struct Stored<T, R> {
    value: T,
    http_status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<R>,
    #[serde(default, skip_deserializing)]
    verified: bool,
    #[serde(with = "stored_bytes")]
    raw: Bytes,
}

/// Contains the whole body, which may contain personal data.
impl<T: Serialize> Serialize for Answer<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = Stored {
            value: &self.value,
            http_status: self.context.status.as_u16(),
            request_id: self.request_id(),
            verified: self.verified,
            raw: self.raw.clone(),
        };
        stored.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Answer<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let Stored { value, http_status, request_id, verified: _, raw } =
            Stored::<T, Box<str>>::deserialize(deserializer)?;
        let status = StatusCode::from_u16(http_status);
        let status = status.map_err(|_| D::Error::custom("http_status is not an HTTP status"))?;
        Ok(Self::new(value, raw, Context { status, request_id, encoding: None }, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(raw: &'static [u8]) -> Answer<Vec<u8>> {
        let context =
            Context { status: StatusCode::CREATED, request_id: Some("08A1-0".into()), encoding: None };
        Answer::new(vec![7], Bytes::from_static(raw), context, true)
    }

    #[test]
    fn an_answer_is_stored_whole_but_not_as_verified() {
        let verified = answer(b"{\"a\": \"\xe5\x88\xb8\"}");
        let json = serde_json::to_string(&verified).unwrap();
        assert_eq!(
            json,
            r#"{"value":[7],"http_status":201,"request_id":"08A1-0","verified":true,"raw":"{\"a\": \"券\"}"}"#
        );
        for answer in [verified, answer(b"\xff\0")] {
            let json = serde_json::to_string(&answer).unwrap();
            let again: Answer<Vec<u8>> = serde_json::from_str(&json).unwrap();
            assert_eq!((&again.value, again.raw()), (&answer.value, answer.raw()));
            assert_eq!(again.http_status(), answer.http_status());
            assert_eq!(again.request_id(), answer.request_id());
            assert_eq!((answer.is_verified(), again.is_verified()), (true, false));
        }
        let wrong = json.replace("201", "99");
        let error = serde_json::from_str::<Answer<Vec<u8>>>(&wrong).unwrap_err().to_string();
        assert!(error.contains("http_status is not an HTTP status"), "{error}");
    }

    #[test]
    fn a_mapped_answer_differs_in_its_value_only() {
        let mapped = answer(b"[7]").map(|value| value.len());
        assert_eq!((*mapped, &mapped.raw()[..], mapped.is_verified()), (1, &b"[7]"[..], true));
        assert_eq!((mapped.http_status(), mapped.request_id()), (StatusCode::CREATED, Some("08A1-0")));
        assert_eq!(mapped.into_value(), 1);
    }
}
