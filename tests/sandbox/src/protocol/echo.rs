//! `POST /v3/security/echo`: the platform's self-test, which changes nothing.

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::context::Context;
use crate::credentials::Credentials;
use crate::protocol::json::{object, set, text, wrong_field};
use crate::protocol::notify_url::notify_url;
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::signing_keys::public_key_of;
use crate::state::notifications::Event;

pub(crate) fn echo(context: Context<'_>) -> Handled {
    let Context { state, keys, credentials, now, .. } = context;
    // That the header is required is documented, the error is inferred.
    let unknown = || Reply::param("header", "Wechatpay-Serial", Value::Null, "缺少或未知的Wechatpay-Serial");
    let serial = context.parts.headers.get("wechatpay-serial").and_then(|value| value.to_str().ok());
    let key = serial.and_then(|serial| keys.named(serial)).ok_or_else(unknown)?;
    let body = object(context.body)?;
    let message = text(&body, "echo_message", usize::MAX, "echo_message必填")?;
    let url = notify_url(&body)?;
    let mut echoed = json!({ "echo_message": message });
    if let Some(encrypted) = body.get("encrypted_echo_message") {
        let wrong = || {
            let issue = "不是以Wechatpay-Serial对应的密钥加密的内容";
            wrong_field("encrypted_echo_message", encrypted.clone(), issue)
        };
        let ciphertext = encrypted.as_str().and_then(|text| STANDARD.decode(text).ok()).ok_or_else(wrong)?;
        let plaintext = key.decrypt(&ciphertext).ok_or_else(wrong)?;
        // As other answers' sensitive fields are encrypted, for the merchant's certificate: inferred.
        let encrypted = encrypt_for_merchant(credentials, &plaintext);
        let encrypted = encrypted.ok_or_else(|| Reply::system_error("系统错误"))?;
        set(&mut echoed, "encrypted_echo_message", encrypted);
    }
    if let Some(url) = url {
        // Of this event only its type and original type are documented: the rest is made up.
        let event = Event {
            kind: "SECURITY_ECHO.SUCCESS",
            original_type: "security",
            summary: "回显成功",
            resource: json!({ "echo_message": message }),
        };
        state.notifications.queue(&url, event, credentials, now)?;
    }
    Ok(Reply::ok(echoed))
}

fn encrypt_for_merchant(credentials: &Credentials, plaintext: &[u8]) -> Option<String> {
    let key = PublicEncryptingKey::from_der(&public_key_of(credentials.certificate_pem())?).ok()?;
    let key = OaepPublicEncryptingKey::new(key).ok()?;
    let mut ciphertext = vec![0; key.ciphertext_size()];
    let encrypted = key.encrypt(&OAEP_SHA1_MGF1SHA1, plaintext, &mut ciphertext, None).ok()?;
    Some(STANDARD.encode(encrypted))
}
