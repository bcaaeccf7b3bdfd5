//! `POST /v3/security/echo`: the platform's self-test, which changes nothing.

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::Credentials;
use crate::favor::callbacks::notify_url;
use crate::favor::notifications::{Event, Notifications};
use crate::protocol::answer::{Answer, Outcome};
use crate::protocol::input;
use crate::protocol::platform_keys::{PlatformKey, public_key_of};
use crate::state::set;

/// `key` is the platform's key that the request names, if there is one of that name.
pub(crate) fn echo(
    notifications: &mut Notifications,
    body: &[u8],
    key: Option<&PlatformKey>,
    credentials: &Credentials,
    now: UnixSeconds,
) -> Outcome {
    // That the header is required is documented, the error is inferred.
    let unknown = || Answer::param("header", "Wechatpay-Serial", Value::Null, "缺少或未知的Wechatpay-Serial");
    let key = key.ok_or_else(unknown)?;
    let body = input::object(body)?;
    let message = input::text(&body, "echo_message", usize::MAX, "echo_message必填")?;
    let url = notify_url(&body)?;
    let mut answer = json!({ "echo_message": message });
    if let Some(encrypted) = body.get("encrypted_echo_message") {
        let wrong = || {
            let issue = "不是以Wechatpay-Serial对应的密钥加密的内容";
            Answer::param("body", "/encrypted_echo_message", encrypted.clone(), issue)
        };
        let ciphertext = encrypted.as_str().and_then(|text| STANDARD.decode(text).ok()).ok_or_else(wrong)?;
        let plaintext = key.decrypt(&ciphertext).ok_or_else(wrong)?;
        // As other answers' sensitive fields are encrypted, for the merchant's certificate: inferred.
        let encrypted = encrypt_for_merchant(credentials, &plaintext);
        let encrypted = encrypted.ok_or_else(|| Answer::system_error("系统错误"))?;
        set(&mut answer, "encrypted_echo_message", Some(encrypted.into()));
    }
    if let Some(url) = url {
        // Of this event only its type and original type are documented: the rest is made up.
        let event = Event {
            kind: "SECURITY_ECHO.SUCCESS",
            original_type: "security",
            summary: "回显成功",
            resource: json!({ "echo_message": message }),
        };
        notifications.queue(&url, event, credentials, now)?;
    }
    Ok(Answer::ok(answer))
}

fn encrypt_for_merchant(credentials: &Credentials, plaintext: &[u8]) -> Option<String> {
    let key = PublicEncryptingKey::from_der(&public_key_of(&credentials.certificate_pem)?).ok()?;
    let key = OaepPublicEncryptingKey::new(key).ok()?;
    let mut ciphertext = vec![0; key.ciphertext_size()];
    let encrypted = key.encrypt(&OAEP_SHA1_MGF1SHA1, plaintext, &mut ciphertext, None).ok()?;
    Some(STANDARD.encode(encrypted))
}
