//! `GET /v3/certificates`: the platform's certificate, encrypted under the APIv3 key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::json;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::types::{ApiV3Key, UnixSeconds};

use crate::Credentials;
use crate::answer::{Answer, Outcome, nonce};
use crate::state::time;

const FIVE_YEARS: UnixSeconds = 5 * 365 * 24 * 60 * 60;

pub(crate) fn list(credentials: &Credentials, now: UnixSeconds) -> Outcome {
    const AAD: &str = "certificate";
    let failed = || Answer::error(StatusCode::INTERNAL_SERVER_ERROR, "SYSTEM_ERROR", "系统错误");
    let key = ApiV3Key::new(&credentials.api_v3_key).map_err(|_| failed())?;
    let nonce: String = nonce().chars().take(12).collect();
    let nonce_bytes: [u8; 12] = nonce.as_bytes().try_into().map_err(|_| failed())?;
    let plaintext = credentials.platform_certificate_pem.as_bytes();
    let ciphertext = PROVIDER.aead.seal(key.as_bytes(), &nonce_bytes, AAD.as_bytes(), plaintext);
    Ok(Answer::ok(json!({ "data": [{
        "serial_no": credentials.platform_certificate_serial,
        "effective_time": time(now.saturating_sub(24 * 60 * 60)),
        "expire_time": time(now.saturating_add(FIVE_YEARS)),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": AAD,
            "ciphertext": STANDARD.encode(ciphertext.map_err(|_| failed())?),
        },
    }] })))
}
