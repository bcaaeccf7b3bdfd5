//! The platform's self-test for keys and signatures. It has no side effects.

use http::Method;
use serde::{Deserialize, Serialize};

use crate::error::BuildError;
use crate::operation::{Operation, Parts, field, repeated};
use crate::platform::Sealed;
use crate::types::{InvalidField, response};

/// 商户签名验签／加解密测试: returns the message that was sent.
///
/// `POST /v3/security/echo` · [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4014551946)
///
/// - Has no side effects, so it can test the whole setup: the merchant's key and serial by the request's signature, the
///   platform's key by the response's signature, encryption in both directions, and the delivery of callbacks.
/// - Idempotent. The response is signed.
/// - Errors: [`SignError`](crate::error::ErrorCode::SignError) when the platform could not verify the request's
///   signature.
///
/// ```
/// # use wechatpay_core::{PlatformKeys, SecurityEcho};
/// # fn operation(keys: &PlatformKeys, now: u64) -> Result<SecurityEcho, wechatpay_core::error::KeyError> {
/// let operation = SecurityEcho::new("hello").encrypted(keys.seal("secret", now)?);
/// # Ok(operation) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SecurityEcho {
    /// 回显信息: the message to return.
    pub echo_message: String,
    /// 商户回调地址: the URL that receives a `SECURITY_ECHO.SUCCESS` event, to test callbacks. The rules are those of
    /// [`SetCallback`](crate::cashcoupons::SetCallback).
    pub notify_url: Option<String>,
    /// 加密测试字段: an encrypted text. The platform decrypts it and returns it encrypted for the merchant.
    pub encrypted: Option<Sealed>,
}

impl SecurityEcho {
    /// Creates an operation that returns `echo_message`.
    pub fn new(echo_message: impl Into<String>) -> Self {
        Self { echo_message: echo_message.into(), notify_url: None, encrypted: None }
    }

    /// Adds an encrypted text to return. The request then names the key that the text is encrypted for.
    #[must_use]
    pub fn encrypted(mut self, sealed: Sealed) -> Self {
        self.encrypted = Some(sealed);
        self
    }

    /// Sets the URL that receives an event.
    #[must_use]
    pub fn notify_url(mut self, notify_url: impl Into<String>) -> Self {
        self.notify_url = Some(notify_url.into());
        self
    }
}

response! {
    /// The response to [`SecurityEcho`].
    pub struct SecurityEchoResponse {
        /// 回显信息: the message that was sent.
        required pub echo_message: String,
        /// 加密测试字段: the encrypted text. Decrypt it with [`Merchant::open`](crate::Merchant::open).
        pub encrypted_echo_message: Option<String>,
    }
}

impl Operation for SecurityEcho {
    const NAME: &'static str = "security.echo";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/security/echo";
    const IDEMPOTENT: bool = true;
    type Response = SecurityEchoResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        field::text("echo_message", &self.echo_message, usize::MAX)?;
        self.notify_url.as_deref().map_or(Ok(()), |url| field::callback_url("notify_url", url, 256))
    }

    fn parts(&self) -> Result<Parts, BuildError> {
        #[derive(Serialize)]
        struct Body<'a> {
            echo_message: &'a str,
            notify_url: Option<&'a str>,
            encrypted_echo_message: Option<&'a str>,
        }
        let body = Body {
            echo_message: &self.echo_message,
            notify_url: self.notify_url.as_deref(),
            encrypted_echo_message: self.encrypted.as_ref().map(Sealed::ciphertext),
        };
        Parts::of(&Self::METHOD, Self::PATH, &body)
    }

    fn answers(&self, response: &SecurityEchoResponse) -> Result<(), &'static str> {
        repeated::same("echo_message", &self.echo_message, &response.echo_message)
    }

    fn platform_serial(&self) -> Option<&str> {
        self.encrypted.as_ref().map(Sealed::serial)
    }
}

#[cfg(feature = "arbitrary")]
crate::types::generators::impl_arbitrary! {
    SecurityEcho = |u| {
        use crate::types::generators::{notify_url, optional, text};
        Ok(Self { echo_message: text(u)?, notify_url: optional(u, notify_url)?, encrypted: u.arbitrary()? })
    };
}
