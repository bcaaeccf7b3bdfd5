//! The platform's certificates: `GET /v3/certificates`, and their rotation.
//!
//! All of it goes by the real time, as signatures do: a client looks at its own clock to see whether a certificate is
//! valid.

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::Credentials;
use crate::credentials::certificate;
use crate::protocol::answer::{Answer, Outcome};
use crate::protocol::input;
use crate::protocol::platform_keys::{Certificate, PlatformKeys};
use crate::protocol::sealed::seal;
use crate::state::set;

/// Each certificate that has not expired, encrypted under the APIv3 key.
pub(crate) fn list(keys: &PlatformKeys, credentials: &Credentials, now: UnixSeconds) -> Outcome {
    if keys.public_key_only {
        return Err(Answer::not_found("无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。"));
    }
    let entry = |certificate: &Certificate| {
        let mut json = certificate.json();
        let sealed = seal(credentials, "certificate", certificate.pem.as_bytes())?;
        set(&mut json, "encrypt_certificate", Some(sealed));
        Ok(json)
    };
    let data: Vec<Value> = keys.valid_certificates(now).map(entry).collect::<Result<_, _>>()?;
    Ok(Answer::ok(json!({ "data": data })))
}

/// `POST /_sandbox/certificates/rotate`: from now on a new one signs. The old one stays in the list until it expires.
pub(crate) fn rotate(keys: &Mutex<PlatformKeys>, now: UnixSeconds) -> Outcome {
    // Before the lock, because it takes its time.
    let made = certificate("wechatpay-sandbox platform", now)
        .and_then(|made| Certificate::new(&made.serial, &made.pem, &made.private_key_pem))
        .map_err(|error| Answer::system_error(&error.to_string()))?;
    let answer = Answer::ok(made.json());
    keys.lock().unwrap_or_else(PoisonError::into_inner).rotate(made);
    Ok(answer)
}

/// `POST /_sandbox/certificates/mode`: whether the merchant has the public key and nothing else.
pub(crate) fn mode(keys: &mut PlatformKeys, body: &[u8]) -> Outcome {
    let body = input::object(body)?;
    let wrong = || Answer::param("body", "/public_key_only", Value::Null, "true or false");
    keys.public_key_only = body.get("public_key_only").and_then(Value::as_bool).ok_or_else(wrong)?;
    Ok(Answer::ok(json!({ "public_key_only": keys.public_key_only })))
}
