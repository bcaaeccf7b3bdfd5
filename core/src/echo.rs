//! The platform's self-test of keys and signatures, which moves nothing.

use http::Method;
use serde::{Deserialize, Serialize};

use crate::error::BuildError;
use crate::operation::{Operation, Parts, field};
use crate::platform::Sealed;
use crate::types::InvalidField;

/// 商户签名验签／加解密测试: says back what it is told.
///
/// `POST /v3/security/echo` · [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4014551946)
///
/// - Creates and moves nothing, so it tests everything: the merchant's key and serial by the request's signature, the
///   platform's key by the answer's, encryption both ways, and the way callbacks take.
/// - Idempotent. The answer is signed.
/// - Errors: [`SignError`](crate::error::ErrorCode::SignError) the request's signature was refused.
///
/// ```
/// # use wechatpay_core::{PlatformKeys, SecurityEcho};
/// # fn operation(keys: &PlatformKeys) -> Result<SecurityEcho, wechatpay_core::error::KeyError> {
/// let operation = SecurityEcho::new("hello").encrypted(keys.seal("secret")?);
/// # Ok(operation) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SecurityEcho {
    /// 回显信息: what is to be said back.
    pub echo_message: String,
    /// 商户回调地址: where an event `SECURITY_ECHO.SUCCESS` is sent, to test the way of callbacks. As in
    /// [`SetCallback`](crate::cashcoupons::SetCallback).
    pub notify_url: Option<String>,
    /// 加密测试字段: a text that is to be decrypted and said back encrypted.
    pub encrypted: Option<Sealed>,
}

impl SecurityEcho {
    /// Has `echo_message` said back.
    pub fn new(echo_message: impl Into<String>) -> Self {
        Self { echo_message: echo_message.into(), notify_url: None, encrypted: None }
    }

    /// Has an encrypted text said back too. The request then names the key it is encrypted for.
    #[must_use]
    pub fn encrypted(mut self, sealed: Sealed) -> Self {
        self.encrypted = Some(sealed);
        self
    }

    /// Has an event sent to this address.
    #[must_use]
    pub fn notify_url(mut self, notify_url: impl Into<String>) -> Self {
        self.notify_url = Some(notify_url.into());
        self
    }
}

/// What was said back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct SecurityEchoResponse {
    /// 回显信息: the same as was sent.
    pub echo_message: String,
    /// 加密测试字段: the encrypted text, for [`Merchant::open`](crate::Merchant::open).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted_echo_message: Option<String>,
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

    fn platform_serial(&self) -> Option<&str> {
        self.encrypted.as_ref().map(Sealed::serial)
    }
}

#[cfg(feature = "arbitrary")]
crate::types::made_up::generated! {
    SecurityEcho = |u| {
        use crate::types::made_up::{notify_url, optional, text};
        Ok(Self { echo_message: text(u)?, notify_url: optional(u, notify_url)?, encrypted: u.arbitrary()? })
    };
}
