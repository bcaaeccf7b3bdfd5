//! Builds a signed request from an operation.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, USER_AGENT};
use http::{HeaderValue, Method, Request, Uri};

use crate::crypto::{CryptoError, SecureRandom};
use crate::error::BuildError;
use crate::merchant::{Identity, Merchant};
use crate::operation::{BaseUrl, Body, Operation};
use crate::platform::PlatformKeys;
use crate::types::UnixSeconds;
use crate::verify::SCHEME;

static WECHATPAY_SERIAL: HeaderName = HeaderName::from_static("wechatpay-serial");

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("wechatpay-core/", env!("CARGO_PKG_VERSION")));

/// The time and the nonce of a signature. Every attempt uses a fresh stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The time that is signed. The platform accepts a difference of up to 300 seconds from its own time.
    pub unix_seconds: UnixSeconds,
    /// The nonce that makes the request unique.
    pub nonce: Nonce,
}

impl Stamp {
    /// Creates a stamp with the given time and a fresh nonce.
    ///
    /// # Errors
    /// [`CryptoError`] when there is no entropy.
    pub fn new(unix_seconds: UnixSeconds, random: &dyn SecureRandom) -> Result<Self, CryptoError> {
        Ok(Self { unix_seconds, nonce: Nonce::generate(random)? })
    }
}

/// A nonce of 32 ASCII letters and digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; Self::LEN]);

impl Nonce {
    const LEN: usize = 32;

    /// Creates a nonce from a text. Returns `None` unless the text is exactly 32 ASCII letters and digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; Self::LEN] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_alphanumeric).then_some(Self(bytes))
    }

    /// Generates a nonce: 128 random bits in hexadecimal.
    ///
    /// # Errors
    /// [`CryptoError`] when there is no entropy.
    pub fn generate(random: &dyn SecureRandom) -> Result<Self, CryptoError> {
        let mut entropy = [0; Self::LEN / 2];
        random.fill(&mut entropy)?;
        Ok(Self::from_entropy(entropy))
    }

    /// Creates a nonce from 128 bits, written in hexadecimal.
    pub fn from_entropy(entropy: [u8; 16]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let digits = entropy.into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let mut text = [b'0'; Self::LEN];
        for (place, digit) in text.iter_mut().zip(digits) {
            *place = DIGITS.get(usize::from(digit)).copied().unwrap_or(b'0');
        }
        Self(text)
    }

    /// Returns the nonce as text.
    pub fn as_str(&self) -> &str {
        // Both constructors admit only ASCII, so the conversion cannot fail.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Nonce").field(&self.as_str()).finish()
    }
}

/// An encoded operation: the parts of the request that are the same for every attempt.
#[derive(Clone)]
pub(crate) struct Prepared {
    method: Method,
    /// The path with its parameters in braces. Empty for downloads.
    template: &'static str,
    /// The path and query, exactly as signed and sent.
    target: Bytes,
    uri: Uri,
    body: Body,
    /// The serial of the platform key that the operation requires.
    platform_serial: Option<String>,
    accept: HeaderValue,
}

impl Prepared {
    pub(crate) fn new<O: Operation>(operation: &O, base_url: &BaseUrl) -> Result<Self, BuildError> {
        operation.validate()?;
        let parts = operation.parts()?;
        let template = parts.template();
        let (target, body) = parts.into_target_and_body();
        let target = Bytes::from(target);
        let uri = base_url.with_target(target.clone())?;
        let platform_serial = operation.platform_serial().map(str::to_owned);
        Ok(Self { method: O::METHOD, template, target, uri, body, platform_serial, accept: JSON })
    }

    /// Returns the same request for another host. The host is not signed.
    pub(crate) fn on_host(&self, host: &BaseUrl) -> Result<Self, BuildError> {
        Ok(Self { uri: host.with_target(self.target.clone())?, ..self.clone() })
    }

    /// Creates a download from exactly this URI.
    pub(crate) fn download(uri: Uri, target: Bytes) -> Self {
        let (method, template, body) = (Method::GET, "", Body::Empty);
        Self { method, template, target, uri, body, platform_serial: None, accept: ANYTHING }
    }

    /// Returns the part of the target that may be logged: the path with its parameters in braces.
    pub(crate) fn template(&self) -> &'static str {
        self.template
    }

    /// Returns the URI, whose target may identify a person.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(crate) fn stamp(&self, merchant: &Merchant, platform: &PlatformKeys, stamp: Stamp) -> Unsigned {
        Unsigned {
            prepared: self.clone(),
            identity: Arc::clone(merchant.identity()),
            platform_serial: self
                .platform_serial
                .clone()
                .or_else(|| platform.preferred_serial(stamp.unix_seconds)),
            stamp,
        }
    }
}

/// A request that has everything but its signature.
///
/// Use it with keys that sign elsewhere or asynchronously: sign [`message`](Self::message) with RSASSA-PKCS1-v1_5 and
/// SHA-256, and [`attach`](Self::attach) the signature. [`Client::request`](crate::Client::request) does both at once.
#[derive(Clone)]
pub struct Unsigned {
    prepared: Prepared,
    identity: Arc<Identity>,
    platform_serial: Option<String>,
    stamp: Stamp,
}

impl Unsigned {
    /// Returns the bytes to sign: method, target, time, nonce and body, each followed by a newline.
    pub fn message(&self) -> Vec<u8> {
        let Prepared { method, target, body, .. } = &self.prepared;
        let time = self.stamp.unix_seconds.to_string();
        let (method, nonce) = (method.as_str().as_bytes(), self.stamp.nonce.as_str().as_bytes());
        let lines: [&[u8]; 10] =
            [method, b"\n", target, b"\n", time.as_bytes(), b"\n", nonce, b"\n", body.signed(), b"\n"];
        lines.concat()
    }

    /// Attaches the raw signature of [`message`](Self::message) and returns the request, ready to be sent.
    ///
    /// Send it unchanged: an HTTP client that rewrites the target or the body, or follows redirects, invalidates the
    /// signature.
    ///
    /// # Errors
    /// [`BuildError`] when the result is not a valid HTTP request.
    pub fn attach(self, signature: &[u8]) -> Result<Request<Bytes>, BuildError> {
        let Self { prepared, identity, platform_serial, stamp } = self;
        let Identity { mchid, serial_no } = &*identity;
        let mut authorization = String::with_capacity(640);
        let (nonce, time) = (stamp.nonce.as_str(), stamp.unix_seconds);
        // Writing to a String cannot fail.
        let _ = write!(
            authorization,
            "{SCHEME} mchid=\"{mchid}\",nonce_str=\"{nonce}\",timestamp=\"{time}\",serial_no=\"{serial_no}\",signature=\""
        );
        STANDARD.encode_string(signature, &mut authorization);
        authorization.push('"');
        let mut authorization =
            HeaderValue::from_maybe_shared(Bytes::from(authorization)).map_err(http::Error::from)?;
        authorization.set_sensitive(true);

        let body = prepared.body.bytes().clone();
        let mut request = Request::new(body);
        *request.method_mut() = prepared.method;
        *request.uri_mut() = prepared.uri;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, authorization);
        headers.insert(ACCEPT, prepared.accept);
        headers.insert(USER_AGENT, AGENT);
        match prepared.body {
            Body::Empty => {}
            Body::Json(_) => drop(headers.insert(CONTENT_TYPE, JSON)),
            Body::Multipart { content_type, .. } => drop(headers.insert(CONTENT_TYPE, content_type)),
        }
        if let Some(serial) = platform_serial {
            let serial = HeaderValue::try_from(serial).map_err(http::Error::from)?;
            headers.insert(WECHATPAY_SERIAL.clone(), serial);
        }
        Ok(request)
    }

    /// Returns the time and the nonce of the signature.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }
}

/// Omits the target and the body, which may identify people.
impl fmt::Debug for Unsigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsigned")
            .field("method", &self.prepared.method)
            .field("body", &self.prepared.body)
            .field("mchid", &self.identity.mchid)
            .field("serial_no", &self.identity.serial_no)
            .field("stamp", &self.stamp)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "arbitrary")]
crate::types::generators::impl_arbitrary! {
    Nonce = |u| u.arbitrary().map(Self::from_entropy);
    Stamp = |u| {
        let unix_seconds = u.int_in_range(0..=crate::types::generators::END_OF_TIME)?;
        Ok(Self { unix_seconds, nonce: u.arbitrary()? })
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_is_not_signed_yet_shows_nothing_of_its_content() {
        let (nonce, body) =
            (Nonce::from_entropy([7; 16]), Body::Json(Bytes::from_static(b"{\"openid\":\"o\"}")));
        assert_eq!(format!("{nonce:?}"), "Nonce(\"07070707070707070707070707070707\")");
        let (uri, target) = (Uri::from_static("https://example.com/o"), Bytes::from_static(b"/o"));
        let prepared = Prepared { method: Method::POST, body, ..Prepared::download(uri, target) };
        let identity = Arc::new(Identity { mchid: "1900000001".into(), serial_no: "0A".to_owned() });
        let stamp = Stamp { unix_seconds: 7, nonce };
        let unsigned = Unsigned { prepared, identity, platform_serial: None, stamp };
        assert_eq!(
            format!("{unsigned:?}"),
            "Unsigned { method: POST, body: Json(14 bytes), mchid: Mchid(\"1900000001\"), serial_no: \"0A\", \
             stamp: Stamp { unix_seconds: 7, nonce: Nonce(\"07070707070707070707070707070707\") }, .. }"
        );
        assert_eq!(unsigned.stamp(), stamp);
        assert_eq!(
            String::from_utf8(unsigned.message()).unwrap(),
            "POST\n/o\n7\n07070707070707070707070707070707\n{\"openid\":\"o\"}\n"
        );
    }

    #[test]
    fn nonces_are_32_alphanumerics() {
        let nonce = Nonce::from_entropy(*b"\x00\x01\x10\xab\xcd\xef\xff\x7f\x80\x99\x0a\xa0\x12\x34\x56\x78");
        assert_eq!(nonce.as_str(), "000110ABCDEFFF7F80990AA012345678");
        assert_eq!(Nonce::parse(nonce.as_str()), Some(nonce));
        for wrong in [
            "",
            "593BEC0C930BF1AFEB40B4A08C8FB24",
            "593BEC0C930BF1AFEB40B4A08C8FB24\"",
            "代".repeat(32).as_str(),
        ] {
            assert_eq!(Nonce::parse(wrong), None);
        }
    }
}
