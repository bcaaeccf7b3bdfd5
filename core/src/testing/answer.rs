use arbitrary::{Arbitrary, Result, Unstructured};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde_json::json;

use crate::error::{ApiError, ErrorCode};
use crate::request::Stamp;
use crate::types::{MAX_CLOCK_DIFFERENCE, UnixSeconds, made_up};
use crate::verify::{NONCE, SERIAL, SIGNATURE, SIGNATURE_HEADERS, SIGNATURE_TYPE, TIMESTAMP};

/// A success that the platform could give, not signed yet, and what it says. Some have a field that nobody knows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Success<T> {
    /// What it says.
    pub value: T,
    /// How it is written.
    pub body: Bytes,
}

impl<'a, T: Arbitrary<'a> + Serialize> Arbitrary<'a> for Success<T> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let value = T::arbitrary(u)?;
        let mut body = serde_json::to_string(&value).map_err(|_| arbitrary::Error::IncorrectFormat)?;
        // Only objects have fields.
        if let Some(fields) = body.strip_prefix('{')
            && u.arbitrary()?
        {
            let comma = if fields == "}" { "" } else { "," };
            body = format!("{{ \"added_later\": [null, 1.5e3, {{\"\": \"\\ud83c\\udf81\"}}]{comma}{fields}");
        }
        Ok(Self { value, body: body.into() })
    }
}

/// An error that the platform could give, not signed yet.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Refusal {
    /// Its status.
    pub status: u16,
    /// What it is called.
    pub code: ErrorCode,
    /// What it says to people.
    pub message: String,
    /// How it is written.
    pub body: Bytes,
}

impl<'a> Arbitrary<'a> for Refusal {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let status = *u.choose(&[400, 401, 403, 404, 429, 500, 502, 503])?;
        let code = ErrorCode::arbitrary(u)?;
        // A text that is too long to be a code is read as none.
        let fits = code.as_str().len() <= ApiError::MAX_CODE;
        let (code, message) = (if fits { code } else { ErrorCode::SystemError }, made_up::text(u)?);
        let body = json!({ "code": code, "message": message }).to_string().into();
        Ok(Self { status, code, message, body })
    }
}

/// What keeps an answer or a callback from being believed. None of them is ever read as a success, but for answers
/// without any signature to operations that [need none](crate::ResponseSignature::WhenPresent).
///
/// `crypto::insecure::SayYes` does not notice those that change something: use `Checksum` beside it, or a real key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
#[non_exhaustive]
pub enum Defect {
    /// There is no signature at all.
    Unsigned,
    /// This header is not there.
    Lacks(SignatureHeader),
    /// This header is there twice.
    Twice(SignatureHeader),
    /// A character of this header is another: the one at this place, counted round.
    ChangedHeader(SignatureHeader, u16),
    /// A byte of the body is another: the one at this place, counted round. An empty body gets one.
    ChangedBody(u16),
    /// It was signed so many seconds before the window opens.
    Late(u16),
    /// It was signed so many seconds after the window closes.
    Early(u16),
    /// It says to be signed by another scheme.
    OtherScheme,
    /// It is signed with a key that nobody knows.
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
    /// Its name.
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
    /// When and with what it is signed, so that it has the defect at the time of `stamp`.
    pub(super) fn stamp(self, stamp: Stamp) -> Stamp {
        let now = stamp.unix_seconds;
        // Where time ends, the other side will do.
        let unix_seconds = match self {
            Self::Late(by) => now.checked_sub(outside(by)).unwrap_or(now.saturating_add(outside(by))),
            Self::Early(by) => now.checked_add(outside(by)).unwrap_or(now.saturating_sub(outside(by))),
            _ => now,
        };
        Stamp { unix_seconds, ..stamp }
    }

    /// Spoils the headers, and gives back the body.
    pub(super) fn spoil(self, headers: &mut HeaderMap, body: Bytes) -> Bytes {
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
                    // Digits are at home in all of them.
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
            // Signed so.
            Self::Late(_) | Self::Early(_) => {}
            Self::OtherScheme => {
                headers.insert(SIGNATURE_TYPE, HeaderValue::from_static("WECHATPAY2-SM2-WITH-SM3"));
            }
            Self::UnknownSerial => drop(headers.insert(SERIAL, HeaderValue::from_static("UNKNOWN"))),
        }
        body
    }
}

/// So many seconds from now, and out of the window.
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
made_up::strategies!(Defect, Refusal, SignatureHeader);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Context;

    #[test]
    fn a_refusal_has_a_code_that_is_read() {
        // The first status, an unknown code, an impossible text, the longest.
        let refusal = Refusal::arbitrary(&mut Unstructured::new(&[0, 15, 63, 3])).unwrap();
        let context = Context { status: http::StatusCode::BAD_REQUEST, request_id: None };
        let error = ApiError::new(context, true, None, &refusal.body);
        assert_eq!(error.code(), Some(&refusal.code));
    }
}
