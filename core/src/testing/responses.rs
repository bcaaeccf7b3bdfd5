use arbitrary::{Arbitrary, Result, Unstructured};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::cashcoupons::{ListCouponsByFilter, ModifyStockBudget};
use crate::error::{BuildError, ErrorCode};
use crate::operation::Operation;
use crate::request::Stamp;
use crate::types::{MAX_CLOCK_DIFFERENCE, UnixSeconds, generators};
use crate::verify::{NONCE, SERIAL, SIGNATURE, SIGNATURE_HEADERS, SIGNATURE_TYPE, TIMESTAMP};

/// A success response that the platform could send, not signed yet, with its decoded value. Some bodies contain a field
/// that this crate does not know.
///
/// The values are independent of any request. [`answering`](Self::answering) makes them those of a response to one
/// request; without it, [`Operation::answers`] reports most responses as belonging to another request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Success<T> {
    /// The decoded value.
    pub value: T,
    /// The encoded body.
    pub body: Bytes,
    has_unknown_field: bool,
}

impl<T: Serialize> Success<T> {
    fn new(value: T, has_unknown_field: bool) -> serde_json::Result<Self> {
        let mut body = serde_json::to_string(&value)?;
        // Only objects can have an additional field.
        if let Some(fields) = body.strip_prefix('{')
            && has_unknown_field
        {
            let comma = if fields == "}" { "" } else { "," };
            body = format!("{{ \"added_later\": [null, 1.5e3, {{\"\": \"\\ud83c\\udf81\"}}]{comma}{fields}");
        }
        Ok(Self { value, body: body.into(), has_unknown_field })
    }
}

impl<T: Serialize + DeserializeOwned> Success<T> {
    /// Returns this response as one to `operation`: each field of the response that the request has too, in the same
    /// place or for the entries of a list, gets the value of the request.
    ///
    /// ```
    /// use wechatpay_core::cashcoupons::{QueryStock, Stock};
    /// use wechatpay_core::testing::{Success, simplest};
    ///
    /// let response: Success<Stock> = simplest()?;
    /// let query = QueryStock::new("9856000".into(), "1900007291".into());
    /// assert_eq!(response.answering(&query)?.value.stock_id.as_str(), "9856000");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BuildError::Json`] when the operation cannot be serialised, or no response can repeat it: a field has another
    /// type in the response, or an id is empty. The operations of this crate have no errors if they can be sent.
    pub fn answering<O: Operation<Response = T>>(
        &self,
        operation: &O,
    ) -> std::result::Result<Self, BuildError> {
        let fit = || {
            let mut request = serde_json::to_value(operation)?;
            let mut response = serde_json::to_value(&self.value)?;
            if let (Value::Object(request), Value::Object(response)) = (&mut request, &mut response) {
                for (_, requested, answered) in OTHER_NAMES.iter().filter(|(name, ..)| *name == O::NAME) {
                    request.extend(
                        request.get(*requested).cloned().map(|value| ((*answered).to_owned(), value)),
                    );
                }
                repeat(request, response);
            }
            Self::new(serde_json::from_value(response)?, self.has_unknown_field)
        };
        fit().map_err(BuildError::json)
    }
}

/// What a response repeats under another name: the operation, and the names in the request and in the response.
const OTHER_NAMES: &[(&str, &str, &str)] = &[
    (ModifyStockBudget::NAME, "target_max_amount", "max_amount"),
    (ListCouponsByFilter::NAME, "creator_mchid", "stock_creator_mchid"),
];

/// Sets the fields of a response to those of the request that have the same name and place.
fn repeat(request: &Map<String, Value>, response: &mut Map<String, Value>) {
    for (name, answered) in response {
        match (request.get(name), answered) {
            (Some(Value::Object(requested)), Value::Object(answered)) => repeat(requested, answered),
            (Some(Value::Null), _) => {}
            (Some(requested), answered) => *answered = requested.clone(),
            (None, Value::Array(entries)) => {
                entries.iter_mut().filter_map(Value::as_object_mut).for_each(|entry| repeat(request, entry));
            }
            (None, _) => {}
        }
    }
}

impl<'a, T: Arbitrary<'a> + Serialize> Arbitrary<'a> for Success<T> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let value = T::arbitrary(u)?;
        Self::new(value, u.arbitrary()?).map_err(|_| arbitrary::Error::IncorrectFormat)
    }
}

/// An error response that the platform could send, not signed yet.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The error code.
    pub code: ErrorCode,
    /// The human-readable message.
    pub message: String,
    /// The encoded body.
    pub body: Bytes,
}

impl<'a> Arbitrary<'a> for Refusal {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let status = *u.choose(&[400, 401, 403, 404, 429, 500, 502, 503])?;
        let code = ErrorCode::arbitrary(u)?;
        // A text that is empty, or too long for a code, would not be read as one.
        let fits = (1..=ErrorCode::MAX).contains(&code.as_str().len());
        let (code, message) = (if fits { code } else { ErrorCode::SystemError }, generators::text(u)?);
        let message = if message.is_empty() { "m".to_owned() } else { message };
        let body = json!({ "code": code, "message": message }).to_string().into();
        Ok(Self { status, code, message, body })
    }
}

/// A defect that must prevent a response or callback from being accepted. A response with a defect is never read as a
/// success, with one exception: [`WhenPresent`](crate::ResponseSignature::WhenPresent) operations accept
/// [`Unsigned`](Self::Unsigned) responses.
///
/// `crypto::insecure::AcceptAll` does not detect modifications. Use `Checksum` or a real key instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
#[non_exhaustive]
pub enum Defect {
    /// The signature headers are missing.
    Unsigned,
    /// This header is missing.
    Lacks(SignatureHeader),
    /// This header occurs twice.
    Twice(SignatureHeader),
    /// One character of this header is changed. The number is its position, modulo the length.
    ChangedHeader(SignatureHeader, u16),
    /// One byte of the body is changed. The number is its position, modulo the length. An empty body gets one byte.
    ChangedBody(u16),
    /// The time of the signature is too old: this many seconds plus one outside the window.
    Late(u16),
    /// The time of the signature is too far in the future: this many seconds plus one outside the window.
    Early(u16),
    /// The signature type names another scheme.
    OtherScheme,
    /// The serial is one that no client knows.
    UnknownSerial,
}

/// A header that every signature has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
pub enum SignatureHeader {
    /// `Wechatpay-Timestamp`.
    Timestamp,
    /// `Wechatpay-Nonce`.
    Nonce,
    /// `Wechatpay-Serial`.
    Serial,
    /// `Wechatpay-Signature`.
    Signature,
}

impl SignatureHeader {
    /// Returns the name of the header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timestamp => TIMESTAMP,
            Self::Nonce => NONCE,
            Self::Serial => SERIAL,
            Self::Signature => SIGNATURE,
        }
    }
}

impl Defect {
    /// Returns the stamp to sign with, so that the defect is present at the time of `stamp`.
    pub(super) fn stamp(self, stamp: Stamp) -> Stamp {
        let now = stamp.unix_seconds;
        // At the limits of the time range, the time moves to the other side of the window.
        let unix_seconds = match self {
            Self::Late(by) => now.checked_sub(outside(by)).unwrap_or(now.saturating_add(outside(by))),
            Self::Early(by) => now.checked_add(outside(by)).unwrap_or(now.saturating_sub(outside(by))),
            _ => now,
        };
        Stamp { unix_seconds, ..stamp }
    }

    /// Applies the defect to the headers and returns the body, with the defect if it concerns the body.
    pub(super) fn apply(self, headers: &mut HeaderMap, body: Bytes) -> Bytes {
        match self {
            Self::Unsigned => {
                for name in SIGNATURE_HEADERS {
                    headers.remove(name);
                }
            }
            Self::Lacks(header) => drop(headers.remove(header.name())),
            Self::Twice(header) => {
                if let Some(value) = headers.get(header.name()).cloned() {
                    headers.append(header.name(), value);
                }
            }
            Self::ChangedHeader(header, at) => {
                if let Some(value) = headers.get_mut(header.name()) {
                    let mut bytes = value.as_bytes().to_vec();
                    // A digit is valid in the value of each of these headers.
                    change(&mut bytes, at, |byte| if byte == b'1' { b'2' } else { b'1' });
                    if let Ok(changed) = HeaderValue::from_bytes(&bytes) {
                        *value = changed;
                    }
                }
            }
            Self::ChangedBody(_) if body.is_empty() => return Bytes::from_static(b" "),
            Self::ChangedBody(at) => {
                let mut body = body.to_vec();
                change(&mut body, at, |byte| byte ^ 0x80);
                return body.into();
            }
            // The stamp already has this defect.
            Self::Late(_) | Self::Early(_) => {}
            Self::OtherScheme => {
                headers.insert(SIGNATURE_TYPE, HeaderValue::from_static("WECHATPAY2-SM2-WITH-SM3"));
            }
            Self::UnknownSerial => drop(headers.insert(SERIAL, HeaderValue::from_static("UNKNOWN"))),
        }
        body
    }
}

/// Returns a time difference that is `by` seconds more than the smallest one outside the window.
fn outside(by: u16) -> UnixSeconds {
    MAX_CLOCK_DIFFERENCE.saturating_add(1).saturating_add(by.into())
}

fn change(bytes: &mut [u8], at: u16, to: fn(u8) -> u8) {
    let at = usize::from(at).checked_rem(bytes.len());
    if let Some(byte) = at.and_then(|at| bytes.get_mut(at)) {
        *byte = to(*byte);
    }
}

#[cfg(feature = "proptest")]
generators::impl_strategies!(Defect, Refusal, SignatureHeader);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ApiError, Context};

    #[test]
    fn a_generated_error_code_can_be_parsed() {
        // Bytes for the first status, an unknown code, and the longest invalid text.
        let refusal = Refusal::arbitrary(&mut Unstructured::new(&[0, 15, 63, 3])).unwrap();
        let context = Context::new(http::StatusCode::BAD_REQUEST, None);
        let error = ApiError::new(context, Ok(()), None, &refusal.body, None);
        assert_eq!(error.code(), Some(&refusal.code));
    }
}
