use std::fmt;
use std::sync::Arc;

use arbitrary::{Arbitrary, Result, Unstructured};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::generate;
use crate::crypto::{CryptoProvider, SigningKey};
use crate::error::{BuildError, ErrorCode};
use crate::notification::Event;
use crate::sign::{SCHEME, Stamp};
use crate::types::{ApiV3Key, UnixSeconds};
use crate::verify::{MAX_CLOCK_DIFFERENCE, NONCE, SERIAL, SIGNATURE, SIGNATURE_TYPE, TIMESTAMP};

/// Answers in the platform's place, with a key that the client takes for the platform's.
#[derive(Clone)]
pub struct Platform {
    serial: String,
    key: Arc<dyn SigningKey>,
}

impl Platform {
    /// Signs with `key` in the name of `serial`.
    pub fn new(serial: impl Into<String>, key: Arc<dyn SigningKey>) -> Self {
        Self { serial: serial.into(), key }
    }

    /// A signed answer: any status, any body, right or wrong. The stamp is the platform's time and nonce.
    ///
    /// # Errors
    /// [`BuildError`] when the status is none, the serial cannot stand in a header, or the key cannot sign.
    pub fn answer(
        &self,
        status: u16,
        body: impl Into<Bytes>,
        stamp: Stamp,
    ) -> std::result::Result<Response<Bytes>, BuildError> {
        let body = body.into();
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::from_u16(status).map_err(http::Error::from)?;
        self.sign(response.headers_mut(), &body, stamp)?;
        *response.body_mut() = body;
        Ok(response)
    }

    /// An answer with a defect, to be read at the time of `stamp`.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn broken(
        &self,
        status: u16,
        body: impl Into<Bytes>,
        stamp: Stamp,
        defect: Defect,
    ) -> std::result::Result<Response<Bytes>, BuildError> {
        let signed_at = match defect {
            Defect::Early(by) => stamp.unix_seconds.saturating_add(beyond_the_window(by)),
            // Where there is no time before, after will do.
            Defect::Late(by) => stamp
                .unix_seconds
                .checked_sub(beyond_the_window(by))
                .unwrap_or(stamp.unix_seconds.saturating_add(beyond_the_window(by))),
            _ => stamp.unix_seconds,
        };
        let mut response = self.answer(status, body, Stamp { unix_seconds: signed_at, ..stamp })?;
        defect.spoil(&mut response);
        Ok(response)
    }

    /// A signed callback with this event, as it arrives at the address of [`SetCallback`](crate::cashcoupons::SetCallback).
    ///
    /// # Errors
    /// [`BuildError`] when the event cannot be written, or nothing can be encrypted or signed.
    pub fn callback<E: Event + Serialize>(
        &self,
        id: &str,
        event: &E,
        (provider, api_v3_key): (&CryptoProvider, &ApiV3Key),
        stamp: Stamp,
    ) -> std::result::Result<Request<Bytes>, BuildError> {
        let (nonce, kind) = (b"0123456789ab", "coupon");
        let plain = serde_json::to_vec(event).map_err(BuildError::json)?;
        let sealed = provider.aead.seal(api_v3_key.as_bytes(), nonce, kind.as_bytes(), &plain);
        let body = json!({
            "id": id,
            "event_type": E::EVENT_TYPE,
            "resource_type": "encrypt-resource",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": "0123456789ab",
                "associated_data": kind,
                "original_type": kind,
                "ciphertext": STANDARD.encode(sealed.map_err(BuildError::Crypto)?),
            },
        });
        let body = Bytes::from(body.to_string());
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = http::Method::POST;
        self.sign(request.headers_mut(), &body, stamp)?;
        *request.body_mut() = body;
        Ok(request)
    }

    fn sign(
        &self,
        headers: &mut HeaderMap,
        body: &[u8],
        stamp: Stamp,
    ) -> std::result::Result<(), BuildError> {
        let (time, nonce) = (stamp.unix_seconds.to_string(), stamp.nonce.as_str());
        let message = [time.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body, b"\n"].concat();
        let signature = STANDARD.encode(self.key.sign(&message).map_err(BuildError::Sign)?);
        let values = [
            (TIMESTAMP, time.as_str()),
            (NONCE, nonce),
            (SERIAL, &self.serial),
            (SIGNATURE, &signature),
            (SIGNATURE_TYPE, SCHEME),
            ("Request-ID", "0800A1B2-0"),
        ];
        for (name, value) in values {
            let name = HeaderName::try_from(name).map_err(http::Error::from)?;
            headers.insert(name, HeaderValue::try_from(value).map_err(http::Error::from)?);
        }
        Ok(())
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("serial", &self.serial).finish_non_exhaustive()
    }
}

fn beyond_the_window(by: u16) -> UnixSeconds {
    MAX_CLOCK_DIFFERENCE.saturating_add(1).saturating_add(by.into())
}

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
        if body.len() > 2 && u.arbitrary()? {
            body = body.replacen('{', "{ \"added_later\": [null, 1.5e3, {\"\": \"\\ud83c\\udf81\"}],", 1);
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
        let (code, message) = (ErrorCode::arbitrary(u)?, generate::text(u)?);
        let body = json!({ "code": code, "message": message }).to_string().into();
        Ok(Self { status, code, message, body })
    }
}

/// What keeps an answer from being believed. None of them is ever read as a success, but for answers without any
/// signature to operations that [need none](crate::ResponseSignature::WhenPresent).
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
    fn spoil(self, response: &mut Response<Bytes>) {
        let headers = response.headers_mut();
        match self {
            Self::Unsigned => {
                for name in [TIMESTAMP, NONCE, SERIAL, SIGNATURE, SIGNATURE_TYPE] {
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
            Self::ChangedBody(at) => {
                let mut body = response.body().to_vec();
                if body.is_empty() {
                    body.push(b' ');
                } else {
                    change(&mut body, at, |byte| byte ^ 0x80);
                }
                *response.body_mut() = body.into();
            }
            // Signed so.
            Self::Late(_) | Self::Early(_) => {}
            Self::OtherScheme => {
                headers.insert(SIGNATURE_TYPE, HeaderValue::from_static("WECHATPAY2-SM2-WITH-SM3"));
            }
            Self::UnknownSerial => drop(headers.insert(SERIAL, HeaderValue::from_static("UNKNOWN"))),
        }
    }
}

fn change(bytes: &mut [u8], at: u16, to: fn(u8) -> u8) {
    let at = usize::from(at).checked_rem(bytes.len());
    if let Some(byte) = at.and_then(|at| bytes.get_mut(at)) {
        *byte = to(*byte);
    }
}
