//! Verifies the signatures of responses and callbacks.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::error::{Context, DecodeError, JsonError, VerifyErrorKind};
use crate::platform::PlatformKeys;
use crate::types::{MAX_CLOCK_DIFFERENCE, UnixSeconds, lenient};

/// The authentication scheme. It is the only signature algorithm of APIv3 that applies to cash coupons.
pub const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// The prefix of the wrong signatures that the platform sends as probes.
const PROBE_PREFIX: &str = "WECHATPAY/SIGNTEST/";

pub(crate) const TIMESTAMP: &str = "Wechatpay-Timestamp";
pub(crate) const NONCE: &str = "Wechatpay-Nonce";
pub(crate) const SERIAL: &str = "Wechatpay-Serial";
pub(crate) const SIGNATURE: &str = "Wechatpay-Signature";
pub(crate) const SIGNATURE_TYPE: &str = "Wechatpay-Signature-Type";

/// All headers that belong to a signature.
pub(crate) const SIGNATURE_HEADERS: [&str; 5] = [TIMESTAMP, NONCE, SERIAL, SIGNATURE, SIGNATURE_TYPE];

/// Whether a header belongs to a signature.
pub(crate) fn is_signature_header(name: &HeaderName) -> bool {
    SIGNATURE_HEADERS.iter().any(|known| name == known)
}

/// Whether any signature header is present, other than the signature type.
pub(crate) fn is_signed(headers: &HeaderMap) -> bool {
    [TIMESTAMP, NONCE, SERIAL, SIGNATURE].iter().any(|name| headers.contains_key(*name))
}

/// A successful response that may be decoded: its signature was verified, or the operation's policy does not require
/// one. It cannot be constructed outside this crate, so nothing else is ever decoded.
#[derive(Clone, Copy)]
pub struct Verified<'a> {
    pub(crate) body: &'a Bytes,
    pub(crate) context: &'a Context,
    pub(crate) signed: bool,
}

impl<'a> Verified<'a> {
    /// Returns the bytes of the body.
    pub fn body(self) -> &'a Bytes {
        self.body
    }

    /// Returns the HTTP status.
    pub fn http_status(self) -> http::StatusCode {
        self.context.status
    }

    /// Parses the body as JSON, whatever its content type says.
    ///
    /// # Errors
    /// [`DecodeError`] when the body is not JSON, or does not have the structure of `T`.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, DecodeError> {
        lenient::from_json(self.body).map_err(|error| match &self.context.encoding {
            // Where it is no JSON, the reason is its encoding.
            Some(encoding) if serde_json::from_slice::<IgnoredAny>(self.body).is_err() => {
                self.error(format!("the body is not plain JSON: it has the {encoding}"))
            }
            _ => self.refused(JsonError::new(&error)),
        })
    }

    /// Returns the error with which [`Operation::decode`](crate::Operation::decode) refuses a response that is not what
    /// it must be. `problem` is a sentence or a predicate such as `the list of entries is empty`. The error shows it, so
    /// it must not contain anything that identifies a person.
    ///
    /// The outcome of the call is then [`Outcome::Done`](crate::Outcome::Done) if the response is signed: the platform
    /// has carried the operation out.
    ///
    /// ```
    /// use wechatpay_core::error::DecodeError;
    /// use wechatpay_core::{Operation, Verified};
    ///
    /// #[derive(Clone, serde::Serialize)]
    /// struct CountStocks;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct StockCount {
    ///     total_count: u32,
    /// }
    ///
    /// impl Operation for CountStocks {
    ///     const NAME: &'static str = "stock.count";
    ///     const METHOD: http::Method = http::Method::GET;
    ///     const PATH: &'static str = "/v3/marketing/favor/stocks";
    ///     const IDEMPOTENT: bool = true;
    ///     type Response = StockCount;
    ///
    ///     fn decode(response: Verified<'_>) -> Result<StockCount, DecodeError> {
    ///         let count: StockCount = response.json()?;
    ///         match count.total_count {
    ///             0..=1_000_000 => Ok(count),
    ///             _ => Err(response.error("total_count is more than a million")),
    ///         }
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn error(self, problem: impl Into<String>) -> DecodeError {
        self.refused(JsonError::of_whole(problem))
    }

    fn refused(self, source: JsonError) -> DecodeError {
        DecodeError::new(self.context.clone(), self.signed, self.body.clone(), source)
    }
}

/// Omits the body, which may contain personal data.
impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("len", &self.body.len())
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

/// Verifies the signature headers over `body`. Returns `None` when there is no signature header at all.
pub(crate) fn signature<'a>(
    keys: &PlatformKeys,
    headers: &'a HeaderMap,
    body: &[u8],
    now: UnixSeconds,
) -> Result<Option<SignatureHeaders<'a>>, VerifyErrorKind> {
    let Some(headers) = SignatureHeaders::parse(headers)? else { return Ok(None) };
    if headers.unix_seconds.abs_diff(now) > MAX_CLOCK_DIFFERENCE {
        return Err(VerifyErrorKind::Clock { timestamp: headers.unix_seconds, now });
    }
    let message = message(headers.timestamp, headers.nonce, body);
    let malformed = VerifyErrorKind::MalformedHeader { name: SIGNATURE, problem: "is not valid base64" };
    let result = STANDARD
        .decode(headers.signature)
        .map_err(|_| malformed)
        .and_then(|signature| keys.verify(headers.serial, &message, &signature, now));
    match result {
        Ok(()) => Ok(Some(headers)),
        // A probe is rejected like any other wrong signature. Only its error kind differs.
        Err(VerifyErrorKind::WrongSignature { .. } | VerifyErrorKind::MalformedHeader { .. })
            if headers.signature.starts_with(PROBE_PREFIX) =>
        {
            Err(VerifyErrorKind::Probe { serial: headers.serial.to_owned() })
        }
        Err(error) => Err(error),
    }
}

/// Returns the bytes that the platform signs: time, nonce and body, each followed by a newline.
pub(crate) fn message(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    [timestamp.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body, b"\n"].concat()
}

/// The signature headers, each of which occurs once and has a valid value.
pub(crate) struct SignatureHeaders<'a> {
    timestamp: &'a str,
    pub(crate) unix_seconds: UnixSeconds,
    pub(crate) nonce: &'a str,
    serial: &'a str,
    signature: &'a str,
}

impl<'a> SignatureHeaders<'a> {
    /// Parses the signature headers. Returns `None` when none of them is present.
    fn parse(headers: &'a HeaderMap) -> Result<Option<Self>, VerifyErrorKind> {
        let timestamp = single(headers, TIMESTAMP, (20, "has more than 20 characters"))?;
        let nonce = single(headers, NONCE, (128, "has more than 128 characters"))?;
        let serial = single(headers, SERIAL, (128, "has more than 128 characters"))?;
        let signature = single(headers, SIGNATURE, (2048, "has more than 2048 characters"))?;
        if let Some(kind) = single(headers, SIGNATURE_TYPE, (64, "has more than 64 characters"))? {
            // If the header is absent, the scheme is this one.
            if kind != SCHEME {
                let problem = "is not WECHATPAY2-SHA256-RSA2048";
                return Err(VerifyErrorKind::MalformedHeader { name: SIGNATURE_TYPE, problem });
            }
        }
        if timestamp.is_none() && nonce.is_none() && serial.is_none() && signature.is_none() {
            return Ok(None);
        }
        let required = |value: Option<&'a str>, name| value.ok_or(VerifyErrorKind::MissingHeader { name });
        let timestamp = required(timestamp, TIMESTAMP)?;
        let digits = timestamp.bytes().all(|b| b.is_ascii_digit());
        let unix_seconds =
            timestamp.parse().ok().filter(|_| digits).ok_or(VerifyErrorKind::MalformedHeader {
                name: TIMESTAMP,
                problem: "is not a Unix time in seconds",
            })?;
        Ok(Some(Self {
            timestamp,
            unix_seconds,
            nonce: required(nonce, NONCE)?,
            serial: required(serial, SERIAL)?,
            signature: required(signature, SIGNATURE)?,
        }))
    }
}

/// Returns the value of a header that must occur at most once, and must be non-empty printable ASCII without spaces and
/// at most `max` characters long. `too_long` describes a longer value.
fn single<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
    (max, too_long): (usize, &'static str),
) -> Result<Option<&'a str>, VerifyErrorKind> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(VerifyErrorKind::DuplicateHeader { name });
    }
    let malformed = |problem| VerifyErrorKind::MalformedHeader { name, problem };
    let value = value.to_str().map_err(|_| malformed("has characters other than printable ASCII"))?;
    if value.is_empty() {
        return Err(malformed("is empty"));
    }
    if value.len() > max {
        return Err(malformed(too_long));
    }
    if !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(malformed("contains a space or tab"));
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::{HeaderValue, StatusCode};

    use super::*;
    use crate::crypto::{CryptoError, VerifyingKey};

    const NOW: UnixSeconds = 1_554_208_460;
    const REQUIRED: [&str; 4] = [TIMESTAMP, NONCE, SERIAL, SIGNATURE];

    /// Accepts the signature `signed` of the message below, and nothing else.
    struct Key;

    impl VerifyingKey for Key {
        fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
            let expected = format!("{NOW}\nn\nbody\n");
            match message == expected.as_bytes() && signature == b"signed" {
                true => Ok(()),
                false => Err(CryptoError::new("verify")),
            }
        }
    }

    /// The headers of a valid signature.
    fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        // The base64 of "signed".
        for (name, value) in REQUIRED.into_iter().zip([&NOW.to_string(), "n", "AB", "c2lnbmVk"]) {
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    fn keys() -> PlatformKeys {
        let keys = PlatformKeys::new();
        keys.add_key("AB", Arc::new(Key)).unwrap();
        keys
    }

    fn verify(headers: &HeaderMap, now: UnixSeconds) -> Result<bool, VerifyErrorKind> {
        signature(&keys(), headers, b"body", now).map(|found| found.is_some())
    }

    #[test]
    fn a_message_without_any_signature_header_is_unsigned_and_otherwise_the_missing_one_is_named() {
        for present in 0..16_u8 {
            let mut headers = headers();
            let has = |position: usize| (present >> position) & 1 == 1;
            for (position, name) in REQUIRED.into_iter().enumerate() {
                if !has(position) {
                    headers.remove(name);
                }
            }
            let expected = match (0..4).find(|position| !has(*position)) {
                None => Ok(true),
                Some(_) if present == 0 => Ok(false),
                Some(position) => Err(VerifyErrorKind::MissingHeader { name: REQUIRED[position] }),
            };
            assert_eq!(is_signed(&headers), present != 0, "{present:04b}");
            assert_eq!(verify(&headers, NOW), expected, "{present:04b}");
            // The signature type alone does not make a signature.
            headers.insert(SIGNATURE_TYPE, SCHEME.parse().unwrap());
            assert_eq!(is_signed(&headers), present != 0, "{present:04b}");
            assert_eq!(verify(&headers, NOW), expected, "{present:04b}");
        }
        assert!(SIGNATURE_HEADERS.iter().all(|name| is_signature_header(&name.parse().unwrap())));
        assert!(!is_signature_header(&"wechatpay-other".parse().unwrap()));
    }

    #[test]
    fn each_header_has_its_own_limit() {
        let table = [(TIMESTAMP, 20), (NONCE, 128), (SERIAL, 128), (SIGNATURE, 2048), (SIGNATURE_TYPE, 64)];
        for (name, max) in table {
            let with = |value: &[u8]| {
                let mut headers = headers();
                headers.insert(name, HeaderValue::from_bytes(value).unwrap());
                headers
            };
            let too_long = format!("has more than {max} characters");
            for (value, expected) in [
                (&vec![b'1'; max + 1][..], too_long.as_str()),
                (b"", "is empty"),
                (b"1 1", "contains a space or tab"),
                ("代".as_bytes(), "has characters other than printable ASCII"),
            ] {
                let VerifyErrorKind::MalformedHeader { name: malformed, problem } =
                    verify(&with(value), NOW).unwrap_err()
                else {
                    panic!("{name}")
                };
                assert_eq!((malformed, problem), (name, expected));
            }
            let mut longest = with(&vec![b'1'; max]);
            let error = verify(&longest, NOW).unwrap_err();
            assert!(!error.to_string().contains("has more than"), "{name}: {error}");
            longest.append(name, HeaderValue::from_static("1"));
            assert_eq!(verify(&longest, NOW), Err(VerifyErrorKind::DuplicateHeader { name }));
        }
    }

    #[test]
    fn the_time_window_includes_its_limits() {
        for (now, accepted) in [
            (NOW - MAX_CLOCK_DIFFERENCE - 1, false),
            (NOW - MAX_CLOCK_DIFFERENCE, true),
            (NOW + MAX_CLOCK_DIFFERENCE, true),
            (NOW + MAX_CLOCK_DIFFERENCE + 1, false),
        ] {
            let expected = match accepted {
                true => Ok(true),
                false => Err(VerifyErrorKind::Clock { timestamp: NOW, now }),
            };
            assert_eq!(verify(&headers(), now), expected);
        }
    }

    #[test]
    fn only_a_wrong_signature_that_says_so_is_a_probe() {
        let kind = |signature: &str| {
            let mut headers = headers();
            headers.insert(SIGNATURE, signature.parse().unwrap());
            verify(&headers, NOW).unwrap_err()
        };
        let serial = || "AB".to_owned();
        assert_eq!(kind("AAAA"), VerifyErrorKind::WrongSignature { serial: serial() });
        assert!(matches!(kind("!"), VerifyErrorKind::MalformedHeader { name: SIGNATURE, .. }));
        // The rest of a probe may be base64 or not.
        for rest in ["AAAA", "!"] {
            assert_eq!(kind(&format!("{PROBE_PREFIX}{rest}")), VerifyErrorKind::Probe { serial: serial() });
        }
    }

    #[test]
    fn only_what_is_no_json_is_explained_by_its_encoding() {
        let response = http::Response::builder().header("content-encoding", "gzip").body(()).unwrap();
        let context = Context::of(&response);
        let problem = |body: &'static [u8]| {
            let verified = Verified { body: &Bytes::from_static(body), context: &context, signed: true };
            std::error::Error::source(&verified.json::<String>().unwrap_err()).unwrap().to_string()
        };
        let encoded = problem(b"\x1f\x8b");
        assert!(encoded.contains("not plain JSON: it has the content encoding gzip"), "{encoded}");
        let number = problem(b"7");
        assert!(number.contains("expected a string") && !number.contains("encoding"), "{number}");
    }

    #[test]
    fn a_verified_response_shows_its_size_and_not_its_content() {
        let body = Bytes::from_static(b"\"secret\"");
        let context = Context::new(StatusCode::CREATED, Some("08A1"));
        let verified = Verified { body: &body, context: &context, signed: true };
        assert_eq!((verified.body(), verified.http_status()), (&body, StatusCode::CREATED));
        assert_eq!(verified.json::<String>().unwrap(), "secret");
        assert_eq!(
            format!("{verified:?}"),
            "Verified { len: 8, context: Context { status: 201, request_id: Some(\"08A1\") }, .. }"
        );
    }
}
