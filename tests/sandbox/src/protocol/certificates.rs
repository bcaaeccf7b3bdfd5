//! The platform's certificates: `GET /v3/certificates`, and their rotation.
//!
//! It uses the real time, as signatures do, because a client checks the validity of certificates by its own clock.

use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::context::Context;
use crate::credentials::certificate;
use crate::protocol::json::set;
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::sealed::seal;
use crate::protocol::signing_keys::Certificate;

/// Lists all certificates that have not expired, encrypted with the APIv3 key.
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

/// Generates a certificate for `POST /_sandbox/certificates/add` and `rotate`.
pub(crate) fn generate(now: UnixSeconds) -> Result<Certificate, Reply> {
    certificate("wechatpay-sandbox platform", now)
        .and_then(|new| Certificate::new(&new.serial, &new.pem, &new.private_key_pem))
        .map_err(|error| Reply::system_error(&error.to_string()))
}
