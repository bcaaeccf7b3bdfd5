use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::Defect;
use crate::crypto::{ApiV3Key, CryptoProvider, ResourceKey, SigningKey};
use crate::error::BuildError;
use crate::notification::Event;
use crate::request::Stamp;
use crate::types::Timestamp;
use crate::verify::{self, NONCE, SCHEME, SERIAL, SIGNATURE, SIGNATURE_TYPE, TIMESTAMP};

/// Creates responses and callbacks in place of the platform, signed with a key that the client accepts as the
/// platform's.
#[derive(Clone)]
pub struct Platform {
    serial: String,
    key: Arc<dyn SigningKey>,
    resource_key: Option<ResourceKey>,
}

impl Platform {
    /// Creates a platform that signs with `key`, under this serial.
    pub fn new(serial: impl Into<String>, key: Arc<dyn SigningKey>) -> Self {
        Self { serial: serial.into(), key, resource_key: None }
    }

    /// Sets the key and provider that callbacks are encrypted with. The client must have the same from
    /// [`Client::with_api_v3_key`](crate::Client::with_api_v3_key).
    #[must_use]
    pub fn with_api_v3_key(mut self, provider: &CryptoProvider, key: ApiV3Key) -> Self {
        self.resource_key = Some(ResourceKey { provider: *provider, key });
        self
    }

    /// Returns a signed response with any status and any body. `stamp` is the platform's time and nonce.
    ///
    /// # Errors
    /// [`BuildError`] when the status is not valid, the serial is not valid in a header, or the key cannot sign.
    pub fn answer(
        &self,
        status: u16,
        body: impl Into<Bytes>,
        stamp: Stamp,
    ) -> Result<Response<Bytes>, BuildError> {
        let mut response = Response::new(body.into());
        *response.status_mut() = StatusCode::from_u16(status).map_err(http::Error::from)?;
        *response.headers_mut() = self.headers(response.body(), stamp)?;
        Ok(response)
    }

    /// Returns a response with a defect, to be read at the time of `stamp`.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub fn broken(
        &self,
        status: u16,
        body: impl Into<Bytes>,
        stamp: Stamp,
        defect: Defect,
    ) -> Result<Response<Bytes>, BuildError> {
        let mut answer = self.answer(status, body, defect.stamp(stamp))?;
        let body = answer.body().clone();
        let body = defect.apply(answer.headers_mut(), body);
        *answer.body_mut() = body;
        Ok(answer)
    }

    /// Returns a signed callback with this event, as sent to the URL of
    /// [`SetCallback`](crate::cashcoupons::SetCallback). The path is `/`.
    ///
    /// # Errors
    /// [`BuildError::NoApiV3Key`] without [`with_api_v3_key`](Self::with_api_v3_key). Another [`BuildError`] when the
    /// event cannot be serialised, or when encrypting or signing fails.
    pub fn callback<E: Event + Serialize>(
        &self,
        id: &str,
        event: &E,
        stamp: Stamp,
    ) -> Result<Request<Bytes>, BuildError> {
        let mut request = Request::new(self.envelope(id, event, stamp)?);
        *request.method_mut() = Method::POST;
        *request.headers_mut() = self.headers(request.body(), stamp)?;
        Ok(request)
    }

    /// Returns a callback with a defect, to be read at the time of `stamp`.
    ///
    /// # Errors
    /// As [`callback`](Self::callback).
    pub fn broken_callback<E: Event + Serialize>(
        &self,
        id: &str,
        event: &E,
        stamp: Stamp,
        defect: Defect,
    ) -> Result<Request<Bytes>, BuildError> {
        let mut callback = self.callback(id, event, defect.stamp(stamp))?;
        let body = callback.body().clone();
        let body = defect.apply(callback.headers_mut(), body);
        *callback.body_mut() = body;
        Ok(callback)
    }

    fn envelope<E: Event + Serialize>(&self, id: &str, event: &E, stamp: Stamp) -> Result<Bytes, BuildError> {
        const KIND: &str = "coupon";
        let ResourceKey { provider, key } = self.resource_key.as_ref().ok_or(BuildError::NoApiV3Key)?;
        let plain = serde_json::to_vec(event).map_err(BuildError::json)?;
        // The first 12 bytes of the signature's nonce, so it is as fresh as that nonce.
        let (nonce, _) = stamp.nonce.as_str().as_bytes().split_first_chunk().unwrap_or((&[0; 12], &[]));
        let sealed = provider.aead.seal(key.as_bytes(), nonce, KIND.as_bytes(), &plain);
        let body = json!({
            "id": id,
            "create_time": Timestamp::from_unix(stamp.unix_seconds),
            "event_type": E::EVENT_TYPE,
            "resource_type": "encrypt-resource",
            "summary": "用券成功",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": String::from_utf8_lossy(nonce),
                "associated_data": KIND,
                "original_type": KIND,
                "ciphertext": STANDARD.encode(sealed.map_err(BuildError::Crypto)?),
            },
        });
        Ok(body.to_string().into())
    }

    fn headers(&self, body: &[u8], stamp: Stamp) -> Result<HeaderMap, BuildError> {
        let (time, nonce) = (stamp.unix_seconds.to_string(), stamp.nonce.as_str());
        let message = verify::message(&time, nonce, body);
        let signature = STANDARD.encode(self.key.sign(&message).map_err(BuildError::Sign)?);
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (TIMESTAMP, time.as_str()),
            (NONCE, nonce),
            (SERIAL, &self.serial),
            (SIGNATURE, &signature),
            (SIGNATURE_TYPE, SCHEME),
            ("Request-ID", "0800A1B2-0"),
        ] {
            let name = HeaderName::try_from(name).map_err(http::Error::from)?;
            headers.insert(name, HeaderValue::try_from(value).map_err(http::Error::from)?);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(headers)
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("serial", &self.serial).finish_non_exhaustive()
    }
}
