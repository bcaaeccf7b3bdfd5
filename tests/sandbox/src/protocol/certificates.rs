//! The platform's certificates: `GET /v3/certificates`, and their rotation.
//!
//! All of it goes by the real time, as signatures do: a client looks at its own clock to see whether a certificate is
//! valid.

use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::context::Context;
use crate::credentials::certificate;
use crate::protocol::json::{object, set, wrong_field};
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::sealed::seal;
use crate::protocol::signing_keys::{Certificate, SigningKeys};

/// Each certificate that has not expired, encrypted under the APIv3 key.
pub(crate) fn list(context: Context<'_>) -> Handled {
    if context.keys.public_key_only {
        return Err(Reply::not_found("无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。"));
    }
    let entry = |certificate: &Certificate| {
        let mut json = certificate.json();
        let sealed = seal(context.credentials, "certificate", certificate.pem.as_bytes())?;
        set(&mut json, "encrypt_certificate", sealed);
        Ok(json)
    };
    let valid = context.keys.valid_certificates(context.real_time);
    let data: Vec<Value> = valid.map(entry).collect::<Result<_, _>>()?;
    Ok(Reply::ok(json!({ "data": data })))
}

/// For `POST /_sandbox/certificates/rotate`: a new one, which signs once it is put to the others.
pub(crate) fn make(now: UnixSeconds) -> Result<Certificate, Reply> {
    certificate("wechatpay-sandbox platform", now)
        .and_then(|made| Certificate::new(&made.serial, &made.pem, &made.private_key_pem))
        .map_err(|error| Reply::system_error(&error.to_string()))
}

/// `POST /_sandbox/certificates/mode`: whether the merchant has the public key and nothing else.
pub(crate) fn mode(keys: &mut SigningKeys, body: &[u8]) -> Handled {
    let body = object(body)?;
    let wrong = || wrong_field("public_key_only", Value::Null, "true or false");
    keys.public_key_only = body.get("public_key_only").and_then(Value::as_bool).ok_or_else(wrong)?;
    Ok(Reply::ok(json!({ "public_key_only": keys.public_key_only })))
}
