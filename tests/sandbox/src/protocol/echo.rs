//! `POST /v3/security/echo`: the platform's self-test. It changes no stock or coupon.

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::context::Context;
use crate::credentials::Credentials;
use crate::protocol::json::{invalid_field, object, set, text, wrong};
use crate::protocol::notify_url::notify_url;
use crate::protocol::problem::Problem;
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::signing_keys::public_key_of;
use crate::state::notification::{Event, Notification};

pub(crate) fn echo(context: Context<'_>) -> Handled {
    let Context { state, keys, credentials, options, now, .. } = context;
    // Documented: the header is required. Inferred: the error.
    let unknown = || Reply::param("header", "Wechatpay-Serial", Value::Null, "缺少或未知的Wechatpay-Serial");
    let serial = context.parts.headers.get("wechatpay-serial").and_then(|value| value.to_str().ok());
    let key = serial.and_then(|serial| keys.by_serial(serial)).ok_or_else(unknown)?;
    let body = object(context.body)?;
    let message = text(&body, "echo_message", usize::MAX, "echo_message必填")?;
    let url = notify_url(&body, options)?;
    let mut echoed = json!({ "echo_message": message });
    if let Some(encrypted) = body.get("encrypted_echo_message") {
        let encrypted_text = encrypted
            .as_str()
            .ok_or_else(|| wrong(Problem::NotString, "encrypted_echo_message", encrypted))?;
        let invalid = || {
            let issue = "不是以Wechatpay-Serial对应的密钥加密的内容";
            invalid_field("encrypted_echo_message", encrypted.clone(), issue)
        };
        let ciphertext = STANDARD.decode(encrypted_text).map_err(|_| invalid())?;
        let plaintext = key.decrypt(&ciphertext).ok_or_else(invalid)?;
        // Inferred: encrypted for the merchant's certificate, as sensitive fields of other responses.
        let encrypted = encrypt_for_merchant(credentials, &plaintext);
        let encrypted = encrypted.ok_or_else(|| Reply::system_error("系统错误"))?;
        set(&mut echoed, "encrypted_echo_message", encrypted);
    }
    if let Some(url) = url {
        // Only the event type and the original type are documented. The other fields are made up.
        let event = Event {
            kind: "SECURITY_ECHO.SUCCESS",
            original_type: "security",
            summary: "回显成功",
            resource: json!({ "echo_message": message }),
        };
        let notification = Notification::new(&url, event, credentials, now)?;
        state.change(state.notifications.addition(notification))?;
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
